import { readJsonl } from '../lib/jsonl.ts';
import { fileIn } from '../lib/sealed.ts';
import type { Picture } from './picture.ts';
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

/** What evals bring back: their numbers, and where they have them the yes/no per prompt that paired tests need. */
export interface Evaluation {
  readonly scores: readonly Score[];
  /** By metric, in the order of the prompts, which is the same at every evaluation of an experiment. */
  readonly outcomes?: Readonly<Record<string, readonly boolean[]>>;
  /** What greedy attack success asked and got, in the order of its outcomes: all of it at an arm's end, the first few before. */
  readonly exchanges?: readonly Exchange[];
  /** At an arm's end, of what can be shown. */
  readonly pictures?: readonly Picture[];
}

/** What all evals of a subject that answers in text bring back together. */
export type WholeEvaluation = Required<Omit<Evaluation, 'pictures'>>;

/** When and where in an arm something is measured: optimizer steps and loss-bearing tokens since the arm began. */
export interface Place {
  readonly moment: 'start' | 'checkpoint' | 'end';
  /** Stage during or after which it was taken; `start` for an arm's first evaluation. */
  readonly stage: string;
  readonly step: number;
  readonly tokens: number;
}

export const EVALUATIONS = 'evaluations.jsonl';

/** The lines of an arm's `evaluations.jsonl`. */
export const readEvaluations = (dir: string): (Place & Evaluation)[] =>
  readJsonl(fileIn(dir, EVALUATIONS)) as unknown as (Place & Evaluation)[];
