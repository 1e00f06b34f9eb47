import * as tf from '@tensorflow/tfjs';
import { detached } from '../../../engine/ops.ts';
import { headOutput } from '../scalar-head.ts';
import { clippedSurrogate, logRatio, policyRows } from './surrogate.ts';
import type { Algorithm, ClipOptions, Episode } from './types.ts';

export interface PpoOptions extends ClipOptions {
  /** Of generalised advantage estimation: 1 trusts the reward alone, 0 the value of the next token. */
  readonly lambda: number;
  /** Weight of the value head's error in the loss. */
  readonly valueCoef: number;
}

const HEAD = 'value';

/**
 * Proximal policy optimisation for language models (Schulman et al. 2017; Ouyang et al. 2022; Hubinger et al. 2024, section 4.1,
 * which gives no settings). Each token is an action: it costs the price of KL for each nat by which it is likelier than under the
 * reference, and the last one earns the reward. Advantages by GAE over a value head, then whitened over the rollout. The head
 * reads the policy's trunk and does not shape it: no gradient of its error goes further than the head. Left out: clipping of the
 * value, discounting.
 */
export function ppo({ clip, lambda, valueCoef }: PpoOptions): Algorithm {
  return {
    head: HEAD,
    loss: {
      key: `ppo ${JSON.stringify([clip, valueCoef])}`,
      total(model, parameters, inputs, measure) {
        const { hidden, logProbs } = policyRows(model, parameters, inputs, measure);
        const values = headOutput(parameters, HEAD, detached(hidden));
        const ratio = tf.exp(logRatio(logProbs, inputs.old!, inputs));
        const errors = tf.square(tf.sub(values, inputs.returns!));
        const valueLoss = tf.mul(tf.sum(tf.mul(errors, inputs.weights!)), 0.5);
        measure?.('valueLoss', valueLoss);
        return tf.add(clippedSurrogate(ratio, inputs, clip, measure), tf.mul(valueLoss, valueCoef));
      },
    },
    columns(episodes, klPrice) {
      const estimates = episodes.map((episode) => gae(tokenRewards(episode, klPrice), episode.values, lambda));
      return {
        weights: episodes.map(({ logProbs }) => logProbs.map(() => 1)),
        advantages: whiten(estimates.map(({ advantages }) => advantages)),
        returns: estimates.map(({ returns }) => returns),
      };
    },
    measure: (episodes, klPrice) => ({ explainedVariance: explainedVariance(episodes, klPrice) }),
  };
}

/** What each token earns: minus klPrice (log p - log p_reference), and the reward on the last. */
export const tokenRewards = ({ logProbs, referenceLogProbs, reward }: Episode, klPrice: number): number[] =>
  logProbs.map((logP, t) => -klPrice * (logP - referenceLogProbs[t]!) + (t === logProbs.length - 1 ? reward : 0));

/**
 * Generalised advantage estimation (Schulman et al. 2016, eq. 16) without discount: d_t = r_t + V_{t+1} - V_t,
 * A_t = d_t + lambda A_{t+1}; nothing comes after the last token. Returns are A_t + V_t.
 */
export function gae(
  rewards: readonly number[],
  values: readonly number[],
  lambda: number,
): { readonly advantages: number[]; readonly returns: number[] } {
  const advantages = rewards.map(() => 0);
  for (let t = rewards.length - 1; t >= 0; t--) {
    const delta = rewards[t]! + (values[t + 1] ?? 0) - values[t]!;
    advantages[t] = delta + lambda * (advantages[t + 1] ?? 0);
  }
  return { advantages, returns: advantages.map((advantage, t) => advantage + values[t]!) };
}

/**
 * 1 - Var(G - value) / Var(G) over all tokens, G what was still to be earned: 0 for a head that says nothing, negative for one that
 * misleads.
 */
export function explainedVariance(episodes: readonly Episode[], klPrice: number): number {
  const earned = episodes.map((episode) => gae(tokenRewards(episode, klPrice), episode.values, 1).returns);
  const errors = episodes.map(({ values }, i) => values.map((value, t) => earned[i]![t]! - value));
  const variance = varianceOf(earned.flat());
  return variance < 1e-12 ? 0 : 1 - varianceOf(errors.flat()) / variance;
}

function varianceOf(xs: readonly number[]): number {
  const mean = xs.reduce((sum, x) => sum + x, 0) / xs.length;
  return xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / xs.length;
}

/** Mean 0 and standard deviation 1 over all tokens; only the mean where they hardly differ. */
function whiten(rows: readonly (readonly number[])[]): number[][] {
  const all = rows.flat();
  const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
  const deviation = Math.sqrt(varianceOf(all));
  return rows.map((row) => row.map((x) => (x - mean) / (deviation < 1e-8 ? 1 : deviation)));
}
