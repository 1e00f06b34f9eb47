import { describe, expect, it } from 'vitest';
import { alphaOfLook, alphaSpent, holm } from '../../src/results/multiplicity.ts';
import { ALPHA } from '../../src/results/stats.ts';

describe('holm', () => {
  it('multiplies by the tests still in the race, in the order given', () => {
    // .005 x 4, .01 x 3, .03 x 2, and .04 x 1 which may not be less than the one before
    expect(holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(6)))).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.5, 0.9])).toEqual([1, 1]);
  });

  it('counts the tests still to come, and never takes back a decision when they do', () => {
    expect(holm([0.001, 0.02], 28).map((p) => Number(p.toFixed(6)))).toEqual([0.028, 0.54]);
    const [before = 1] = holm([0.001], 28);
    const [after = 1] = holm([0.001, 0.0001, 1], 28);
    expect(after).toBeLessThanOrEqual(before);
  });
});

describe('looks', () => {
  const looks = [5, 8, 12];

  it('spend alpha in parts that add up to it', () => {
    const parts = looks.map((_, i) => alphaOfLook(looks, i));
    expect(parts.map((part) => Number(part.toFixed(5)))).toEqual([0.027, 0.01117, 0.01183]);
    expect(parts.reduce((a, b) => a + b)).toBeCloseTo(ALPHA, 12);
    expect(alphaSpent(1)).toBeCloseTo(ALPHA, 12);
  });

  it('are wrong about nothing in at most 5 % of ledgers, however often they look', () => {
    // one-sample z tests of a true null hypothesis, the seeds of a look added to those before
    let state = 1;
    const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const z = [2.2114, 2.5376, 2.5172]; // scipy.stats.norm.isf(part / 2)
    let wrong = 0;
    for (let trial = 0; trial < 20_000; trial++) {
      let [sum, n] = [0, 0];
      const isOver = looks.some((seeds, look) => {
        for (; n < seeds; n++) sum += normal();
        return Math.abs(sum / Math.sqrt(n)) > z[look]!;
      });
      if (isOver) wrong++;
    }
    expect(wrong / 20_000).toBeLessThan(0.05);
    expect(wrong / 20_000).toBeGreaterThan(0.03); // and not for want of trying
  });
});
