import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { clippedSurrogate, logRatio, policyRows } from './surrogate.ts';
import type { Algorithm, ClipOptions, Episode } from './types.ts';

export interface GroupOptions extends ClipOptions {
  /** Completions of each prompt, standing together. */
  readonly group: number;
}

/**
 * REINFORCE leave-one-out (Kool et al. 2019; Ahmadian et al. 2024). The whole completion is one action, and the baseline of
 * its reward is the mean reward of the other completions of its prompt; KL is part of the reward. The ratio is the
 * completion's own and clipped as in PPO, for rollouts that are used in more than one step; in the first it is 1.
 */
export function rloo({ clip, group }: GroupOptions): Algorithm {
  return {
    loss: {
      key: `rloo ${JSON.stringify([clip])}`,
      total(model, parameters, inputs, measure) {
        const { logProbs } = policyRows(model, parameters, inputs, measure);
        const ratio = tf.exp(sumWithin(logRatio(logProbs, inputs.old!, inputs), inputs.episode!));
        return clippedSurrogate(ratio, inputs, clip, measure);
      },
    },
    columns(episodes, klPrice) {
      const advantages = leaveOneOut(
        episodes.map((episode) => episode.reward - klPrice * divergence(episode)),
        group,
      );
      return {
        weights: episodes.map(({ logProbs }) => logProbs.map(() => 1 / logProbs.length)),
        advantages: episodes.map(({ logProbs }, i) => logProbs.map(() => advantages[i]!)),
        episode: episodes.map(({ logProbs }, i) => logProbs.map(() => i + 1)), // rows that pad are 0
      };
    },
  };
}

/** How much likelier a completion is than under the reference, in nats: its expectation is the KL divergence. */
export const divergence = ({ logProbs, referenceLogProbs }: Episode): number =>
  logProbs.reduce((sum, logP, t) => sum + logP - referenceLogProbs[t]!, 0);

/** Each reward less the mean of the others of its group. */
export function leaveOneOut(rewards: readonly number[], group: number): number[] {
  return rewards.map((reward, i) => {
    const first = i - (i % group);
    const total = rewards.slice(first, first + group).reduce((sum, x) => sum + x, 0);
    return reward - (total - reward) / (group - 1);
  });
}

/** In the place of each row, the sum over all rows of the same episode: x, episode [K] -> [K]. */
function sumWithin(x: Tensor, episode: Tensor): Tensor {
  const same = tf.cast(tf.equal(tf.reshape(episode, [-1, 1]), tf.reshape(episode, [1, -1])), 'float32'); // [K, K]
  return tf.reshape(tf.matMul(same, tf.reshape(x, [-1, 1])), [-1]);
}
