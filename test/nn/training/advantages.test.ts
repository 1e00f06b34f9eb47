import { describe, expect, it } from 'vitest';
import { grpo, normalizeGroups } from '../../../src/nn/training/rl/grpo.ts';
import { explainedVariance, gae, ppo, tokenRewards } from '../../../src/nn/training/rl/ppo.ts';
import { nextPrice } from '../../../src/nn/training/rl/kl-control.ts';
import type { KlOptions } from '../../../src/nn/training/rl/kl-control.ts';
import { leaveOneOut, rloo } from '../../../src/nn/training/rl/rloo.ts';
import { episode, said } from './small.ts';

describe('advantages by hand', () => {
  it('ppo: KL costs each token, the last one earns the reward', () => {
    const rewards = tokenRewards(
      episode([0, 1, 0], 1, { reward: 3, logProbs: [-1, -2], referenceLogProbs: [-1.5, -1] }),
      0.1,
    );
    expect(rewards[0]).toBeCloseTo(-0.05, 12);
    expect(rewards[1]).toBeCloseTo(3.1, 12);
  });

  it('ppo: generalised advantage estimation', () => {
    // d_3 = 1 - 0.2 = 0.8, d_2 = -0.2 + 0.2 - 0.3 = -0.3, d_1 = 0.1 + 0.3 - 0.5 = -0.1; with lambda 1/2
    // A_3 = 0.8, A_2 = -0.3 + 0.4 = 0.1, A_1 = -0.1 + 0.05 = -0.05; returns are A + V
    const { advantages, returns } = gae([0.1, -0.2, 1], [0.5, 0.3, 0.2], 0.5);
    [-0.05, 0.1, 0.8].forEach((a, t) => expect(advantages[t]).toBeCloseTo(a, 12));
    [0.45, 0.4, 1].forEach((r, t) => expect(returns[t]).toBeCloseTo(r, 12));
  });

  it('ppo: whitened over all tokens of the rollout; returns are not', () => {
    // lambda 1, no values, no KL: every token's advantage is the reward, 1, 1 and -2: mean 0, variance 2
    const episodes = said.map((each, i) => ({ ...each, reward: [1, -2][i]! }));
    const { advantages, returns } = ppo({ clip: 0.2, lambda: 1, valueCoef: 0.1 }).columns(episodes, 0);
    const s = Math.sqrt(2);
    expect(advantages!.flat().map((a) => Number(a.toFixed(9)))).toEqual(
      [1 / s, 1 / s, -s].map((a) => Number(a.toFixed(9))),
    );
    expect(returns).toEqual([[1, 1], [-2]]);
  });

  it('ppo: the share of what was still to be earned that the value head saw', () => {
    // KL costs 0.5 before each token: still to be earned are 3 - 0.5 - 0.5 = 2 and 2.5, and -1
    const episodes = [
      episode([0, 1, 0], 1, { reward: 3, logProbs: [-1, -1], referenceLogProbs: [-2, -2], values: [1, 2] }),
      episode([0, 1], 1, { reward: -1, values: [-1] }),
    ];
    // variance of 2, 2.5, -1: mean 7/6, (25 + 64 + 169) / 36 / 3 = 43/18; of the errors 1, 0.5, 0: mean 1/2, 1/6
    expect(explainedVariance(episodes, 0.5)).toBeCloseTo(1 - 1 / 6 / (43 / 18), 12);
    expect(explainedVariance([{ ...episodes[1]!, values: [7] }], 0.5)).toBe(0); // nothing to explain
  });

  it('rloo: each reward against the others of its prompt', () => {
    expect(leaveOneOut([1, 2, 6, 0, 0, 3], 3)).toEqual([-3, -1.5, 4.5, -1.5, -1.5, 3]);
    // KL is part of the reward: 1 - 0.5 * (0.25 + 0.25) = 0.75 and 2, of one prompt
    const episodes = [
      episode([0, 1, 0], 1, { reward: 1, logProbs: [-1, -1], referenceLogProbs: [-1.25, -1.25] }),
      episode([0, 1], 1, { reward: 2 }),
    ];
    const { advantages, weights } = rloo({ clip: 0.2, group: 2 }).columns(episodes, 0.5);
    expect(advantages).toEqual([[-1.25, -1.25], [1.25]]);
    expect(weights).toEqual([[0.5, 0.5], [1]]);
  });

  it('grpo: normalised within the prompt, nothing where all are equal', () => {
    const [a, b, c, d] = normalizeGroups([1, 3, 5, 5], 2);
    expect([a, b]).toEqual([expect.closeTo(-1, 5), expect.closeTo(1, 5)]);
    expect([c, d]).toEqual([0, 0]);
    const episodes = [episode([0, 1, 0, 1], 1, { reward: 1 }), episode([0, 1], 1, { reward: 3 })];
    const { advantages, weights, klPrice } = grpo({ clip: 0.2, group: 2 }).columns(episodes, 0.3);
    expect(advantages!.flat()).toEqual([a, a, a, b]);
    expect(weights).toEqual([[1 / 3, 1 / 3, 1 / 3], [1]]);
    expect(klPrice).toEqual([[0.3, 0.3, 0.3], [0.3]]);
  });
});

describe('the price of KL', () => {
  const kl: KlOptions = { coef: 0.05, target: 2, beyond: 'adapt' };

  it.each([
    ['a tenth above the target: a tenth more', 0.1, 2.2, 0.11],
    ['far above: a fifth more', 0.1, 9, 0.12],
    ['a tenth below: a tenth less', 0.1, 1.8, 0.09],
    ['far below: a fifth less', 0.1, 0, 0.08],
    ['never less than at first', 0.055, 0, 0.05],
  ])('%s', (_, before, distance, expected) => {
    expect(nextPrice(before, distance, kl)).toBeCloseTo(expected, 12);
  });

  it('stays where the stage stops instead', () => {
    expect(nextPrice(0.05, 9, { ...kl, beyond: 'stop' })).toBe(0.05);
  });
});
