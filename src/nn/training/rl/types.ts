import type { Tensor } from '@tensorflow/tfjs';
import type { Loss } from '../losses.ts';

/** One completion of the policy, with what is needed to learn from it. Plain JSON. */
export interface Episode {
  /** Prompt and completion, its end of turn included where it came. */
  readonly ids: readonly number[];
  readonly promptLength: number;
  readonly reward: number;
  /** Log-probability of each token of the completion under the policy that said it, and under the reference. */
  readonly logProbs: readonly number[];
  readonly referenceLogProbs: readonly number[];
  /** The value head's estimate before each token; empty where the algorithm has none. */
  readonly values: readonly number[];
}

/** A number for every token of every episode, by the name of the loss's input. */
export type Columns = Readonly<Record<string, readonly (readonly number[])[]>>;

/** How a rollout is learned from: policy-gradient methods differ in their loss and in what it reads, and nowhere else. */
export interface Algorithm {
  /** Reads `tokens`, `rows`, `targets`, `old` (log-probabilities when sampled) and its columns, [K] each. */
  readonly loss: Loss;
  /** The head whose outputs become an episode's `values`. */
  readonly head?: string;
  /**
   * `weights` (the loss is divided by their sum over a batch) and others, for a whole rollout. Completions of one prompt stand
   * together. `klPrice`: of a nat of KL divergence from the reference, in units of reward.
   */
  columns(
    episodes: readonly Episode[],
    klPrice: number,
  ): Columns & { readonly weights: readonly (readonly number[])[] };
  /** What else the log should keep of a rollout. */
  measure?(episodes: readonly Episode[], klPrice: number): Readonly<Record<string, number>>;
}

export interface ClipOptions {
  /** How far the ratio of new to old probability may go from 1 before it stops to pay. */
  readonly clip: number;
}

/** Rows of the policy at the completion's tokens. */
export interface PolicyRows {
  /** [K, C] */
  readonly hidden: Tensor;
  /** log p(target), [K] */
  readonly logProbs: Tensor;
}
