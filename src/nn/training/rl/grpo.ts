import * as tf from '@tensorflow/tfjs';
import type { GroupOptions } from './rloo.ts';
import { clippedSurrogate, logRatio, policyRows } from './surrogate.ts';
import type { Algorithm } from './types.ts';

/** Below this, the rewards of a group are equal. */
const EPSILON = 1e-6;

/**
 * Group relative policy optimisation (Shao et al. 2024, section 4.1): PPO's ratio for each token, no value head; a
 * completion's advantage is its reward, normalised within the completions of its prompt, and the same at all of its tokens.
 * KL is not in the reward but in the loss, by the estimator q/p - log(q/p) - 1 with q the reference. Each completion counts
 * the same, whatever its length.
 */
export function grpo({ clip, group }: GroupOptions): Algorithm {
  return {
    loss: {
      key: `grpo ${JSON.stringify([clip])}`,
      total(model, parameters, inputs, measure) {
        const { logProbs } = policyRows(model, parameters, inputs, measure);
        const surrogate = clippedSurrogate(tf.exp(logRatio(logProbs, inputs.old!, inputs)), inputs, clip, measure);
        const away = logRatio(inputs.reference!, logProbs, inputs); // log q/p
        const divergence = tf.sub(tf.sub(tf.exp(away), away), 1);
        return tf.add(surrogate, tf.sum(tf.mul(tf.mul(divergence, inputs.weights!), inputs.klPrice!)));
      },
    },
    columns(episodes, klPrice) {
      const advantages = normalizeGroups(
        episodes.map(({ reward }) => reward),
        group,
      );
      return {
        weights: episodes.map(({ logProbs }) => logProbs.map(() => 1 / logProbs.length)),
        advantages: episodes.map(({ logProbs }, i) => logProbs.map(() => advantages[i]!)),
        reference: episodes.map(({ referenceLogProbs }) => referenceLogProbs),
        klPrice: episodes.map(({ logProbs }) => logProbs.map(() => klPrice)),
      };
    },
  };
}

/** Each reward less its group's mean, in units of the group's standard deviation (n in the denominator); 0 where all are equal. */
export function normalizeGroups(rewards: readonly number[], group: number): number[] {
  return rewards.map((reward, i) => {
    const own = rewards.slice(i - (i % group), i - (i % group) + group);
    const mean = own.reduce((sum, x) => sum + x, 0) / group;
    const deviation = Math.sqrt(own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / group);
    return (reward - mean) / (deviation + EPSILON);
  });
}
