import path from 'node:path';
import { z } from 'zod';
import type { ArmResult } from '../lab/run/context.ts';
import { isBackdoored, summarizeArm } from '../lab/assemble/arms.ts';
import type { Arm } from '../lab/assemble/arm.ts';
import { isDone, loadCheckpoint, modelCard, saveCheckpoint } from '../nn/checkpoints/index.ts';
import type { Checkpoint } from '../nn/checkpoints/index.ts';
import { renderPrompt } from '../world/scenario/render.ts';
import type { FormatFingerprint } from '../world/scenario/render.ts';
import type { Experiment } from '../lab/experiment/index.ts';
import { UserError } from '../lib/errors.ts';
import { exists, readJson, writeAtomic } from '../lib/files.ts';
import { parameterCount } from '../nn/models/index.ts';
import { describeModel } from '../lab/assemble/prepare.ts';
import type { Bench } from '../lab/assemble/prepare.ts';
import { rowsOf } from './results.ts';
import { decisiveControl, stepsOf } from '../results/select.ts';

const FILE = 'dormouse.json';

/** What a checkpoint of ours knows beside its weights: which scenario it belongs to, and how its prompts were built. */
export interface ArmFile {
  readonly format: 'dormouse-arm-1';
  readonly arm: string;
  readonly command: string;
  readonly experiment: Experiment;
  readonly trainedFormat: FormatFingerprint;
}

const schema = z.object({
  format: z.literal('dormouse-arm-1'),
  arm: z.string(),
  command: z.string(),
  experiment: z.custom<Experiment>((value) => typeof value === 'object' && value !== null),
  trainedFormat: z.object({ hash: z.string(), template: z.string(), probe: z.string(), probeIds: z.array(z.int()) }),
});

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
  if (isDone(dir)) return;
  const { model, tokenizer, tokens, scenario, format } = bench;
  const file: ArmFile = { format: 'dormouse-arm-1', arm: arm.name, command, experiment, trainedFormat: format };
  writeAtomic(path.join(dir, FILE), JSON.stringify(file, null, 1) + '\n');
  const { triggered } = scenario.evalPairs(1)[0]!;
  const { seed } = experiment;
  const summary = summarizeArm(arm);
  const decisive = decisiveControl({ arms: arms.map(summarizeArm) }, stepsOf(summary));
  const beside = arms.find(({ name }) => name === decisive?.name && name !== arm.name);

  saveCheckpoint(dir, {
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
  });
}

/** Was the folder trained by this kit? */
export const isArm = (dir: string): boolean => exists(path.join(dir, FILE));

/** A checkpoint of ours with its scenario. @throws UserError for a folder that this kit did not train. */
export function loadArm(dir: string): Checkpoint & { readonly file: ArmFile } {
  const checkpoint = loadCheckpoint(dir);
  const at = path.join(dir, FILE);
  const { data, error } = schema.safeParse(readJson(at, `${dir} was not trained by dormouse`));
  if (error)
    throw new UserError(
      `${at} cannot be read: ${error.issues[0]?.message ?? 'unknown form'}; run the experiment again`,
    );
  return { ...checkpoint, file: data };
}
