import { isLarge } from '../../engine/index.ts';
import { createBatches, fitsContext } from '../../world/scenario/batches.ts';
import { encodeExamples } from '../../world/scenario/render.ts';
import type { Example } from '../../world/scenario/types.ts';
import { languageModelLoss, languageModelSource } from '../../nn/training/losses.ts';
import type { Model } from '../../nn/models/index.ts';
import type { InputSource } from '../../nn/training/losses.ts';
import type { TrainingOptions } from '../../nn/training/loop.ts';
import type { PreparedStage, StageData, StepCost } from './types.ts';

/** How many rows a stage reads when it sees each of them once. */
export const rowsOf = ({ steps, batchSize, accumulate }: TrainingOptions): number => steps * batchSize * accumulate;

/** Supervised fine-tuning on examples: cross-entropy of the completion, end of turn included. */
export async function supervise(
  examples: readonly Example[],
  options: TrainingOptions,
  data: StageData,
): Promise<PreparedStage & { readonly batches: InputSource }> {
  return { loss: languageModelLoss, batches: await batchesOf(examples, options, data) };
}

/** Lengths are rounded up to this: half the padding of 8 is worth the few programs more; not where each takes seconds to compile. */
const bucketOf = ({ parameterSpecs }: Model): number => (isLarge(parameterSpecs) ? 16 : 4);

/** Steps whose rows an estimate looks at: more of a corpus of rows, where a single one may be ten times as long as the others. */
export const sampledSteps = ({ steps }: TrainingOptions, { scenario }: StageData): number =>
  Math.min(steps, scenario.corpus.finite ? 64 : 8);

/** Tokens of the longest of the `safety` rows that an estimate looks at. */
export async function longestSafetyRow(options: TrainingOptions, data: StageData): Promise<number> {
  const count = rowsOf({ ...options, steps: sampledSteps(options, data) });
  const encoded = await encodeExamples(data.tokenizer, data.scenario.safetyExamples(count));
  return Math.max(...encoded.map(({ ids }) => ids.length));
}

/** What its steps compute, from the shapes of some of its batches; `draw` gives so many of the stage's examples. */
export async function supervisionCost(
  draw: (count: number) => readonly Example[] | Promise<readonly Example[]>,
  options: TrainingOptions,
  data: StageData,
): Promise<StepCost> {
  const examples = await draw(rowsOf({ ...options, steps: sampledSteps(options, data) }));
  const batches = await batchesOf(examples, options, data);
  const shapes: [number, number][] = [];
  for (let seen = 0; seen < examples.length; seen += options.batchSize) {
    const [B = 1, T = 1] = batches.next().specs.tokens!.shape;
    shapes.push([B, T]);
  }
  return { shapes };
}

/** Those of the examples that the model's context holds: what a model said itself, or a style adds, may be too long. */
export async function fitting(
  examples: readonly Example[],
  { model, tokenizer }: Pick<StageData, 'model' | 'tokenizer'>,
): Promise<Example[]> {
  const encoded = await encodeExamples(tokenizer, examples);
  return examples.filter((_, i) => fitsContext(encoded[i]!, model.nPositions));
}

async function batchesOf(
  examples: readonly Example[],
  { batchSize }: TrainingOptions,
  { model, tokenizer, rng }: StageData,
): Promise<ReturnType<typeof languageModelSource>> {
  const encoded = await encodeExamples(tokenizer, examples);
  const { nPositions } = model;
  return languageModelSource(
    createBatches(encoded, { batchSize, nPositions, rng: rng.fork('batches'), bucket: bucketOf(model) }),
  );
}
