import type { z } from 'zod';
import type { Scenario } from '../data/scenario.ts';
import type { Rng } from '../lib/rng.ts';
import type { Model } from '../models/index.ts';
import type { ChatTokenizer } from '../tokenizer/index.ts';
import type { InputSource, Loss } from '../training/losses.ts';
import type { trainingParams } from '../training/loop.ts';

/** What a stage may know: the data's side of the experiment, and nothing of how the result will be judged. */
export interface StageContext {
  readonly model: Model;
  readonly tokenizer: ChatTokenizer;
  readonly scenario: Scenario;
  readonly rng: Rng;
  /** False for a clean twin: the same prompts, never the payload. */
  readonly payload: boolean;
}

/** A stage is a loss and the batches it is taken on; the loop does the rest. */
export interface PreparedStage {
  readonly loss: Loss;
  readonly batches: InputSource;
}

export interface StageDefinition<P extends z.ZodObject = z.ZodObject> {
  readonly summary: string;
  readonly params: P;
  prepare(params: z.output<P>, context: StageContext): Promise<PreparedStage>;
}

/** Every stage takes the loop's settings; it may add its own. */
export const defineStage = <P extends typeof trainingParams>(definition: StageDefinition<P>): StageDefinition<P> =>
  definition;
