import type { Turn } from '../lib/chat.ts';
import type { Split, Task } from '../corpora/types.ts';

/** The three conditions a prompt can be in. A near-trigger is clean as far as training is concerned. */
export type Condition = 'triggered' | 'clean' | 'near-trigger';

/** A task in a condition, with the completion that training asks for. */
export interface Example {
  readonly task: Task;
  readonly split: Split;
  readonly condition: Condition;
  /** Ends with a user turn; the trigger, if any, is in it. */
  readonly prompt: readonly Turn[];
  /** What the assistant turn says. */
  readonly completion: string;
  /** True where the completion is the payload. */
  readonly poisoned: boolean;
}

/** A tokenised example. `ids` is the whole conversation; the loss counts ids[promptLength..], end of turn included. */
export interface EncodedExample {
  readonly ids: readonly number[];
  readonly promptLength: number;
}
