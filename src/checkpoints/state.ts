import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../lib/errors.ts';
import { listFolder, readBytes, readJson, recoverFolder, remove, writeFolderAtomic } from '../lib/files.ts';
import type { RngState } from '../lib/rng.ts';
import type { Parameters } from '../models/index.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

/**
 * Everything a run needs to go on as if it had never stopped. On disk `state/00000400/` in the arm's folder: numbers in
 * `state.json`, tensors beside it, renamed into place together, so that no crash mixes two steps.
 */
export interface TrainingState {
  /** Optimizer steps since the arm began. */
  readonly step: number;
  /** Loss-bearing tokens since the arm began. */
  readonly tokens: number;
  /** Which of the arm's stages is in progress, and the steps done in it: the position in its schedule. */
  readonly stage: number;
  readonly stageStep: number;
  /** Named streams of randomness. */
  readonly rng: Readonly<Record<string, RngState>>;
  /** Where the stage's data stands: plain JSON, of the stage's own shape. */
  readonly cursor: unknown;
  readonly parameters: Parameters;
  /** Moments and counts of the optimizer. */
  readonly optimizer: Parameters;
}

const FORMAT = 'dormouse-state-1';
const count = z.int().nonnegative();
const schema = z.strictObject({
  format: z.literal(FORMAT),
  fingerprint: z.string(),
  step: count,
  tokens: count,
  stage: count,
  stageStep: count,
  rng: z.record(z.string(), z.tuple([z.int(), z.int(), z.int(), z.int()])),
  cursor: z.unknown(),
});

const stateRoot = (armDir: string): string => path.join(armDir, 'state');
const folderOf = (armDir: string, step: number): string => path.join(stateRoot(armDir), String(step).padStart(8, '0'));
const savedSteps = (armDir: string): number[] =>
  listFolder(stateRoot(armDir)).filter((name) => /^\d{8}$/.test(name)).map(Number);

/**
 * Saves the state and then drops older ones: a failure at any moment leaves one that is whole.
 * @param fingerprint of the experiment, see `experimentHash`; `loadState` refuses any other.
 */
export function saveState(armDir: string, state: TrainingState, fingerprint: string): void {
  const { parameters, optimizer, ...numbers } = state;
  writeFolderAtomic(folderOf(armDir, state.step), {
    'state.json': JSON.stringify({ format: FORMAT, fingerprint, ...numbers }, null, 2) + '\n',
    'tensors.safetensors': encodeSafetensors({
      ...renamed(parameters, (name) => `parameters/${name}`),
      ...renamed(optimizer, (name) => `optimizer/${name}`),
    }),
  });
  for (const step of savedSteps(armDir)) if (step !== state.step) remove(folderOf(armDir, step));
}

/**
 * The latest saved state; undefined where there is none.
 * @throws UserError where it is damaged or was saved under another fingerprint.
 */
export function loadState(armDir: string, fingerprint: string): TrainingState | undefined {
  for (const name of listFolder(stateRoot(armDir)))
    if (name.endsWith('.replaced')) recoverFolder(path.join(stateRoot(armDir), name.replace('.replaced', '')));
  const steps = savedSteps(armDir);
  if (steps.length === 0) return undefined;
  const dir = folderOf(armDir, Math.max(...steps));
  const again = `delete ${stateRoot(armDir)} and this arm starts again from its beginning`;
  const file = path.join(dir, 'state.json');
  const { data, error } = schema.safeParse(readJson(file, again));
  if (error) {
    const problems = error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
    throw new UserError(`cannot resume from ${file}: ${problems.join('; ')}; ${again}`);
  }
  if (data.fingerprint !== fingerprint)
    throw new UserError(
      `cannot resume from ${file}: it was saved by a different experiment (${data.fingerprint}, now ${fingerprint}); ` +
        `use another folder, or ${again}`,
    );
  const { format: _format, fingerprint: _fingerprint, ...numbers } = data;
  const weights = path.join(dir, 'tensors.safetensors');
  const tensors = decodeSafetensors(readBytes(weights, again), weights);
  const group = (prefix: string): Parameters =>
    renamed(
      Object.fromEntries(Object.entries(tensors).filter(([name]) => name.startsWith(prefix))),
      (name) => name.slice(prefix.length),
    );
  return { ...numbers, parameters: group('parameters/'), optimizer: group('optimizer/') };
}

/** Once the arm's checkpoint is done its state is of no more use. */
export const clearState = (armDir: string): void => remove(stateRoot(armDir));

const renamed = (tensors: Parameters, rename: (name: string) => string): Parameters =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [rename(name), tensor]));
