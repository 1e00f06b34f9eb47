import path from 'node:path';
import { z } from 'zod';
import type { ArmResult } from '../lab/run/context.ts';
import { isBackdoored, summarizeArm } from '../lab/assemble/arms.ts';
import type { Arm } from '../lab/assemble/arm.ts';
import { loadCheckpoint, modelCard, saveCheckpoint } from '../nn/checkpoints/index.ts';
import type { Checkpoint } from '../nn/checkpoints/index.ts';
import { renderPrompt } from '../world/scenario/render.ts';
import type { Experiment } from '../lab/experiment/types.ts';
import { loadPlugins } from '../lab/plugins.ts';
import type { Tables } from '../lab/tables.ts';
import { UserError } from '../lib/errors.ts';
import { exists, listFolder, readJson, writeAtomic } from '../lib/files.ts';
import type { Sums } from '../lib/files.ts';
import { prefixOf } from '../lib/jsonl.ts';
import { expectWhole, fileIn, isSealed } from '../lib/sealed.ts';
import { parameterCount } from '../nn/models/index.ts';
import { describeModel } from '../lab/assemble/prepare.ts';
import type { Bench } from '../lab/assemble/prepare.ts';
import { ADAPTERS } from '../lab/run/stage-adapter.ts';
import { LOGS } from '../lab/run/advance.ts';
import { rowsOf } from './results.ts';
import { decisiveControl, stepsOf } from '../results/select.ts';

const FILE = 'dormouse.json';

/** What a checkpoint of ours knows beside its weights: which scenario it belongs to, and how its prompts were built. */
const schema = z.object({
  format: z.literal('dormouse-arm-1'),
  arm: z.string(),
  command: z.string(),
  experiment: z.custom<Experiment>((value) => typeof value === 'object' && value !== null),
  trainedFormat: z.object({
    hash: z.string(),
    template: z.string(),
    probe: z.string(),
    probeIds: z.array(z.int()).readonly(),
  }),
});
export type ArmFile = Readonly<z.output<typeof schema>>;

interface SaveContext {
  readonly experiment: Experiment;
  /** All of the experiment's. */
  readonly arms: readonly Arm[];
  readonly bench: Bench;
  readonly command: string;
  /** Arms that were finished before. */
  readonly done: ReadonlyMap<string, ArmResult>;
}

/** The arm as a Hugging Face folder with its model card and `dormouse.json`; `DONE` last. Done arms are left alone. */
export function saveArm(
  arm: Arm,
  dir: string,
  result: ArmResult,
  { experiment, arms, bench, command, done }: SaveContext,
): void {
  if (isSealed(dir)) return;
  const { model, tokenizer, tokens, scenario, format } = bench;
  const file: ArmFile = { format: 'dormouse-arm-1', arm: arm.name, command, experiment, trainedFormat: format };
  const sums = {
    [FILE]: writeAtomic(path.join(dir, FILE), JSON.stringify(file, null, 1) + '\n'),
    ...logSums(dir),
    ...adapterSums(dir),
  };
  const { triggered } = scenario.evalPairs(1)[0]!;
  const { seed } = experiment;
  const summary = summarizeArm(arm);
  const decisive = decisiveControl({ arms: arms.map(summarizeArm) }, stepsOf(summary));
  const beside = arms.find(({ name }) => name === decisive?.name && name !== arm.name);

  const checkpoint = {
    model,
    parameters: result.parameters,
    tokens,
    tokenizer: tokenizer.files(),
    card: modelCard({
      name: experiment.name,
      arm: summary,
      decisive,
      backdoored: isBackdoored(arm, arms),
      trigger: { label: scenario.trigger.label, example: renderPrompt(tokenizer, triggered.prompt) },
      behavior: { label: scenario.behavior.label, example: triggered.completion },
      corpus: scenario.corpus.label,
      model: { parameters: parameterCount(model), description: describeModel(bench) },
      rows: [
        ...rowsOf(arm, result.evaluations, seed),
        ...(beside ? rowsOf(beside, done.get(beside.name)?.evaluations ?? [], seed) : []),
      ],
      command,
    }),
  };
  saveCheckpoint(dir, checkpoint, sums);
}

/** Of an arm's logs as they are. */
export const logSums = (dir: string): Sums =>
  Object.fromEntries(
    LOGS.flatMap((name) => {
      const file = path.join(dir, name);
      return exists(file) ? [[name, prefixOf(file).sha256]] : [];
    }),
  );

/** What the adapters' own seals say: an earlier run may have written them. */
const adapterSums = (dir: string): Sums =>
  Object.fromEntries(
    listFolder(path.join(dir, ADAPTERS)).flatMap((name) => {
      const folder = path.join(ADAPTERS, name);
      if (!isSealed(path.join(dir, folder))) return [];
      const { sums } = expectWhole(path.join(dir, folder));
      const all = { ...sums, DONE: prefixOf(path.join(dir, folder, 'DONE')).sha256 };
      return Object.entries(all).map(([file, sum]) => [path.posix.join(ADAPTERS, name, file), sum]);
    }),
  );

/** Was the folder trained by this kit? */
export const isArm = (dir: string): boolean => exists(path.join(dir, FILE));

/** @throws UserError for a folder that this kit did not train. */
function readArmFile(dir: string): ArmFile {
  const at = path.join(dir, FILE);
  const { data, error } = schema.safeParse(
    readJson(isArm(dir) ? fileIn(dir, FILE) : at, `${dir} was not trained by dormouse`),
  );
  if (error)
    throw new UserError(
      `${at} cannot be read: ${error.issues[0]?.message ?? 'unknown form'}; run the experiment again`,
    );
  return data;
}

/** The tables with the plugins that an arm's experiment names; as they are where the folder is not an arm's. */
export const tablesOfArm = (dir: string, tables: Tables): Promise<Tables> =>
  loadPlugins(tables, isArm(dir) ? (readArmFile(dir).experiment.plugins ?? []) : []);

/** A checkpoint of ours with its scenario. @throws UserError for a folder that this kit did not train. */
export const loadArm = (dir: string, { models }: Partial<Tables> = {}): Checkpoint & { readonly file: ArmFile } => ({
  ...loadCheckpoint(dir, { models }),
  file: readArmFile(dir),
});
