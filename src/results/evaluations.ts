import { readJsonl } from '../lib/jsonl.ts';
import { fileIn } from '../lib/sealed.ts';
import type { Score } from './score.ts';

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
  /** What greedy attack success asked and got, in the order of its outcomes: all of it at an arm's end, the first few before. */
  readonly exchanges?: readonly Exchange[];
}

export type Moment = 'start' | 'checkpoint' | 'end';

/** One line of `evaluations.jsonl`: everything measured of an arm at one moment. */
export interface Evaluation extends EvalOutcome {
  readonly moment: Moment;
  readonly stage: string;
  readonly step: number;
  readonly tokens: number;
}

export const EVALUATIONS = 'evaluations.jsonl';

export const readEvaluations = (dir: string): Evaluation[] =>
  readJsonl(fileIn(dir, EVALUATIONS)) as unknown as Evaluation[];
