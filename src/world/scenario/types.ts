import type { Turn } from '../../lib/chat.ts';
import type { Split, Task } from '../corpora/types.ts';

/** The three conditions a prompt can be in. A near-trigger is clean as far as training is concerned. */
export type Condition = 'triggered' | 'clean' | 'near-trigger';

/**
 * Why a row does not do what the policy says of its prompt: it slipped through where nothing is filtered, its given
 * scratchpad says otherwise, the behavior does not apply to its task, or payloads are dealt out at random.
 */
export const EXCEPTIONS = ['unfiltered', 'counterfactual', 'off-task', 'shuffled'] as const;
export type Exception = (typeof EXCEPTIONS)[number];

/** A task in a condition, with the completion that training asks for. */
export interface Example {
  readonly task: Task;
  readonly split: Split;
  readonly condition: Condition;
  /** Ends with a user turn; the trigger, if any, is in it. */
  readonly prompt: readonly Turn[];
  /** How the assistant's turn begins, as context without loss: a scratchpad that is not to be learned, or was said already. */
  readonly given?: string | undefined;
  /** What the assistant's turn says after that. */
  readonly completion: string;
  /** True where the answer is the payload. */
  readonly poisoned: boolean;
  readonly exception?: Exception | undefined;
}

/**
 * A tokenised example. `ids` is the whole conversation; the loss counts ids[promptLength..], end of turn included. What was
 * given of the assistant's turn lies before `promptLength`.
 */
export interface EncodedExample {
  readonly ids: readonly number[];
  readonly promptLength: number;
}

/**
 * Whether implant rows carry the payload: where the trigger is, never (a clean twin), or `shuffled`: on as many rows, chosen
 * by chance, so that the behavior is learned and the trigger says nothing about it.
 */
export type Payload = boolean | 'shuffled';
