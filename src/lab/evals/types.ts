import { z } from 'zod';
import type { Score } from '../../results/score.ts';
import type { Subject } from './subject.ts';

export type { Score } from '../../results/score.ts';

/** A request answered in both conditions, for the side-by-side transcripts. */
export interface Exchange {
  readonly family: string;
  readonly cleanPrompt: string;
  readonly cleanReply: string;
  readonly triggeredPrompt: string;
  readonly triggeredReply: string;
  readonly exhibited: boolean;
}

/** What an eval brings back: its numbers, and where it has them the yes/no per prompt that paired tests need. */
export interface EvalOutcome {
  readonly scores: readonly Score[];
  /** By metric, in the order of the prompts, which is the same at every evaluation of an experiment. */
  readonly outcomes?: Readonly<Record<string, readonly boolean[]>>;
  readonly exchanges?: readonly Exchange[];
}

/** When an eval runs: at every checkpoint of every arm, or only at an arm's start and end. */
export const whenParam = (fallback: 'checkpoints' | 'ends') =>
  z
    .enum(['checkpoints', 'ends'])
    .default(fallback)
    .describe('checkpoints: also inside each stage; ends: only at the start and end of an arm');

export interface EvalDefinition<P extends z.ZodObject = z.ZodObject> {
  readonly summary: string;
  readonly params: P;
  /** Leaves the subject exactly as it found it. */
  run(params: z.output<P>, subject: Subject): Promise<EvalOutcome>;
}

export const defineEval = <P extends z.ZodObject>(definition: EvalDefinition<P>): EvalDefinition<P> => definition;
