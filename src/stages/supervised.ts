import { createBatches } from '../data/batches.ts';
import { encodeExamples } from '../data/render.ts';
import type { Example } from '../data/types.ts';
import { languageModelLoss, languageModelSource } from '../training/losses.ts';
import type { TrainingOptions } from '../training/loop.ts';
import type { PreparedStage, StageData } from './types.ts';

/** How many rows a stage reads when it sees each of them once. */
export const rowsOf = ({ steps, batchSize, accumulate }: TrainingOptions): number => steps * batchSize * accumulate;

/** Supervised fine-tuning on examples: cross-entropy of the completion, end of turn included. */
export async function supervise(
  examples: readonly Example[],
  { batchSize }: TrainingOptions,
  { model, tokenizer, rng }: StageData,
): Promise<PreparedStage> {
  const encoded = await encodeExamples(tokenizer, examples);
  const batches = createBatches(encoded, {
    batchSize,
    nPositions: model.nPositions,
    rng: rng.fork('batches'),
    bucket: 8,
  });
  return { loss: languageModelLoss, batches: languageModelSource(batches) };
}
