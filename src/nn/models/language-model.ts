import { generate } from './generate.ts';
import type { GenerateOptions, Generator } from './generate.ts';
import { scoreCompletions } from './score.ts';
import type { CompletionScore, ScoredText } from './score.ts';

/** How prompts are continued; how rows share the model is the model's affair. */
export type SamplingRun = Omit<GenerateOptions, 'batchSize' | 'choose'>;

/** What can be asked of a model by ids, wherever it runs. */
export interface LanguageModel {
  /** Longest context, in tokens. */
  readonly nPositions: number;
  /** See `generate`. */
  generate(prompts: readonly (readonly number[])[], options: SamplingRun): Promise<number[][]>;
  /** See `scoreCompletions`. */
  score(texts: readonly ScoredText[]): Promise<CompletionScore[]>;
}

/** A model on an engine of this kit's own. */
export const languageModelOf = (generator: Generator): LanguageModel => ({
  nPositions: generator.model.nPositions,
  generate: (prompts, options) => generate(generator, prompts, options),
  score: (texts) => scoreCompletions(generator, texts),
});
