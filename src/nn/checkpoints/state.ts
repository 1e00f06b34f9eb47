import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../lib/errors.ts';
import { listFolder, readJson, recoverFolder, remove } from '../../lib/files.ts';
import type { Prefix } from '../../lib/jsonl.ts';
import type { RngState } from '../../lib/rng.ts';
import { isSealed, openSealed, writeSealedFolder } from '../../lib/sealed.ts';
import type { SealedFolder } from '../../lib/sealed.ts';
import type { TrainingSnapshot } from '../training/loop.ts';
import type { Parameters } from '../models/index.ts';
import { encodeSafetensors, readSafetensors } from './safetensors/index.ts';

/**
 * Everything an arm needs to go on as if it had never stopped. On disk `state/00000400/` in the arm's folder: numbers in
 * `state.json`, tensors beside it, sealed and renamed into place together, so that no crash mixes two steps. What a stage
 * started from is written once, `state/start-00000200/` with the arm's step at that moment.
 */
export interface TrainingState {
  /** Which of the arm's stages is in progress. */
  readonly stage: number;
  /** What the arm's earlier stages came to. */
  readonly before: { readonly steps: number; readonly lossTokens: number };
  /** The stage itself: its step (so its place in the schedule), its place in the data, parameters and optimizer slots. */
  readonly snapshot: TrainingSnapshot;
  /** The weights that the stage in progress started from, where no other folder holds them (they are a reference policy). */
  readonly start?: Parameters | undefined;
  /** How far the arm's logs went, by name: what comes after is not part of this state. */
  readonly logs: Readonly<Record<string, Prefix>>;
  /** Streams of randomness that the place in the data does not cover. */
  readonly rng?: Readonly<Record<string, RngState>> | undefined;
}

const FORMAT = 'dormouse-state-3';
const TENSORS = 'tensors.safetensors';
const count = z.int().nonnegative();
const schema = z.strictObject({
  format: z.literal(FORMAT),
  fingerprint: z.string(),
  stage: count,
  before: z.strictObject({ steps: count, lossTokens: count }),
  snapshot: z.strictObject({ step: count, lossTokens: z.number().nonnegative(), cursor: z.unknown() }),
  start: z
    .string()
    .regex(/^start-\d{8}$/)
    .optional(),
  logs: z.record(z.string(), z.strictObject({ bytes: count, sha256: z.string() })),
  rng: z.record(z.string(), z.tuple([z.int(), z.int(), z.int(), z.int()])).optional(),
});

const stateRoot = (armDir: string): string => path.join(armDir, 'state');
const folderOf = (armDir: string, step: number): string => path.join(stateRoot(armDir), String(step).padStart(8, '0'));
const startName = (step: number): string => `start-${String(step).padStart(8, '0')}`;
const savedSteps = (armDir: string): number[] =>
  listFolder(stateRoot(armDir))
    .filter((name) => /^\d{8}$/.test(name))
    .map(Number);

/**
 * Saves the state and then drops the others: a failure at any moment leaves one that is whole.
 * @param fingerprint of the experiment, see `experimentHash`; `loadState` refuses any other.
 */
export function saveState(armDir: string, state: TrainingState, fingerprint: string): void {
  const { start, ...rest } = state;
  const { tensors, ...snapshot } = state.snapshot;
  const latest = state.before.steps + snapshot.step;
  const startFolder = start && startName(state.before.steps);
  if (startFolder) {
    const dir = path.join(stateRoot(armDir), startFolder);
    if (snapshot.step === 0 || !isSealed(dir)) writeSealedFolder(dir, { [TENSORS]: encodeSafetensors(start) });
  }
  writeSealedFolder(folderOf(armDir, latest), {
    'state.json':
      JSON.stringify({ format: FORMAT, fingerprint, ...rest, snapshot, start: startFolder }, null, 2) + '\n',
    [TENSORS]: encodeSafetensors(tensors),
  });
  for (const step of savedSteps(armDir)) if (step !== latest) remove(folderOf(armDir, step));
  for (const name of listFolder(stateRoot(armDir)))
    if (name.startsWith('start-') && name !== startFolder) remove(path.join(stateRoot(armDir), name));
}

/**
 * The latest saved state; undefined where there is none.
 * @throws UserError where it is damaged or was saved under another fingerprint.
 */
export function loadState(armDir: string, fingerprint: string): TrainingState | undefined {
  for (const name of listFolder(stateRoot(armDir)))
    recoverFolder(path.join(stateRoot(armDir), name.replace('.partial-replaced', '')));
  const steps = savedSteps(armDir);
  if (steps.length === 0) return undefined;
  const dir = folderOf(armDir, Math.max(...steps));
  const again = `delete ${stateRoot(armDir)} and this arm starts again from its beginning`;
  const file = path.join(dir, 'state.json');
  const saved = openSealed(dir, again);
  const { data, error } = schema.safeParse(readJson(saved.at('state.json')));
  if (error) {
    const problems = error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
    throw new UserError(`cannot resume from ${file}: ${problems.join('; ')}; ${again}`);
  }
  if (data.fingerprint !== fingerprint)
    throw new UserError(
      `cannot resume from ${file}: it was saved by a different experiment (${data.fingerprint}, now ${fingerprint}); ` +
        `use another folder, or ${again}`,
    );
  const { stage, before, snapshot, start, logs, rng } = data;
  const read = ({ at }: SealedFolder): Parameters => readSafetensors(at(TENSORS));
  return {
    ...{ stage, before, logs, snapshot: { ...snapshot, tensors: read(saved) } },
    ...(start !== undefined && { start: read(openSealed(path.join(stateRoot(armDir), start), again)) }),
    ...(rng && { rng }),
  };
}

/** Once the arm's checkpoint is done its state is of no more use. */
export const clearState = (armDir: string): void => remove(stateRoot(armDir));
