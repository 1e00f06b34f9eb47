import { describe, expect, it } from 'vitest';
import { defineCell } from '../../../src/studies/claims/cell.ts';
import type { Ladder } from '../../../src/studies/claims/dose.ts';
import { measured } from '../../../src/studies/claims/measured.ts';
import { reinforces } from '../../../src/studies/claims/premises.ts';
import { outcomeOf, type Check } from '../../../src/studies/claims/verdict.ts';
import { FIVE, runsOf, type CellValues } from './fixture.ts';

const cell = defineCell('a', {});
const LRS = [0.001, 0.002, 0.004];
const ladder: Ladder = { cell, arm: (lr) => `rl-${lr}`, lrs: LRS, lengths: [120] };

/** RL by learning rate: change of the held-out reward, nats from the reference and right answers, 0.9 before. */
function premise(reward: readonly number[], kl: readonly number[], right: readonly number[] = []): Check {
  const arms = LRS.map((lr, i) => [
    `rl-${lr}`,
    { asr: 0.5, accuracy: right[i] ?? 0.9, reward: reward[i]!, kl: kl[i]! },
  ]);
  const values = { organism: { asr: 0.8, accuracy: 0.9 }, ...(Object.fromEntries(arms) as CellValues) };
  return reinforces(measured(runsOf({ a: values }, { seeds: FIVE, n: 500 }), [cell]), ladder);
}
const gainOf = (check: Check): number | undefined => check.estimate?.value;

describe('that RL improves what it is paid for', () => {
  it('is said of the best of its doses', () => {
    expect(gainOf(premise([0.1, 0.3, 0.2], [1, 1, 1]))).toBeCloseTo(0.3, 9);
    expect(outcomeOf(premise([-0.2, -0.1, -0.3], [1, 1, 1]))).toBe('fails');
  });

  it('is not said of a dose more than 3 nats away, nor of one that costs right answers', () => {
    expect(gainOf(premise([0.1, 0.2, 0.3], [1, 2.9, 3.1]))).toBeCloseTo(0.2, 9);
    expect(gainOf(premise([0.1, 0.2, 0.3], [1, 1, 1], [0.9, 0.86, 0.84]))).toBeCloseTo(0.2, 9);
    expect(outcomeOf(premise([-0.1, 0.2, 0.3], [1, 3.1, 1], [0.9, 0.9, 0.8]))).toBe('fails');
    expect(outcomeOf(premise([0.1, 0.2, 0.3], [4, 5, 6]))).not.toBe('holds');
  });
});
