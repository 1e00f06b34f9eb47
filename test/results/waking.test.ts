import { describe, expect, it } from 'vitest';
import { rate, tQuantile } from '../../src/results/stats.ts';
import type { StepsToHalf } from '../../src/results/types.ts';
import { ratioOfSteps, stepsToHalf } from '../../src/results/waking.ts';

const points = (...curve: readonly (readonly [step: number, shown: number])[]) =>
  curve.map(([step, shown]) => ({ step, ...rate(shown, 100) }));

describe('steps to half', () => {
  it('lie between two evaluations, and their bounds where those of the curve rise to half', () => {
    const found = stepsToHalf(points([0, 0], [4, 10], [6, 90], [9, 100]));
    expect(found.value).toBeCloseTo(5, 9);
    const [low, high] = [rate(10, 100), rate(90, 100)];
    expect(found.low).toBeCloseTo(4 + (2 * (0.5 - low.high)) / (high.high - low.high), 9);
    expect(found.high).toBeCloseTo(4 + (2 * (0.5 - low.low)) / (high.low - low.low), 9);
    expect(found.tried).toBe(9);
  });

  it('follow the steps, not the number of evaluations', () => {
    expect(stepsToHalf(points([0, 0], [20, 10], [30, 90])).value).toBeCloseTo(25, 9);
  });

  it('are unknown where no evaluation shows half, and known on one side only where a bound alone does', () => {
    expect(stepsToHalf(points([0, 0], [12, 20]))).toEqual({ value: null, low: null, high: null, tried: 12 });
    const near = stepsToHalf(points([0, 0], [12, 45]));
    expect([near.value, near.high]).toEqual([null, null]);
    expect(near.low).toBeCloseTo((12 * (0.5 - rate(0, 100).high)) / (rate(45, 100).high - rate(0, 100).high), 9);
  });

  it('are not told by one evaluation that stands out', () => {
    // medians: 0 at 20, 3 at 22, 66 at 24
    const found = stepsToHalf(points([0, 0], [18, 0], [20, 0], [22, 66], [24, 3], [26, 89], [28, 85]));
    expect(found.value).toBeCloseTo(22 + (2 * (50 - 3)) / (66 - 3), 9);
    // what is learned too broadly at first falls again
    const broad = stepsToHalf(points([0, 0], [28, 5], [32, 47], [36, 67], [40, 63], [44, 37], [48, 30]));
    expect(broad.value).toBeCloseTo(32 + (4 * (50 - 47)) / (63 - 47), 9);
  });

  it('are at least one, also of a behavior that shows from the start', () => {
    expect(stepsToHalf(points([0, 90], [2, 100]))).toEqual({ value: 1, low: 1, high: 1, tried: 2 });
    expect(stepsToHalf(points([0, 45], [2, 95])).value).toBe(1);
  });
});

const half = (value: number | null, low = value, high = value, tried = 36): StepsToHalf => ({
  value,
  low,
  high,
  tried,
});

describe('the ratio of steps to half', () => {
  it('of one seed takes each bound against the other side’s opposite one', () => {
    expect(ratioOfSteps([{ own: half(4, 3, 6), placebo: half(20, 18, 24) }])).toEqual({
      ...{ value: expect.closeTo(0.2, 12) as number, low: expect.closeTo(3 / 24, 12) as number },
      ...{ high: expect.closeTo(6 / 18, 12) as number, seeds: 1 },
    });
  });

  it('of several seeds is paired by seed: Student’s t on the logarithms, by hand', () => {
    // ratios 1/8, 1/4, 1/2: mean of log2 -2, deviation 1
    const pairs = [[2, 16], [5, 20], [12, 24]].map(([own, placebo]) => ({ own: half(own!), placebo: half(placebo!) })); // prettier-ignore
    const reach = tQuantile(2) / Math.sqrt(3);
    const found = ratioOfSteps(pairs);
    expect(found.value).toBeCloseTo(0.25, 9);
    expect(found.low).toBeCloseTo(2 ** (-2 - reach), 9);
    expect(found.high).toBeCloseTo(2 ** (-2 + reach), 9);
    // the same halves, paired otherwise
    const shifted = pairs.map(({ own }, i) => ({ own, placebo: pairs[(i + 1) % 3]!.placebo }));
    expect(ratioOfSteps(shifted).high).not.toBeCloseTo(found.high!, 3);
  });

  it('says what is known where one side did not come back: it may have needed any number of steps more', () => {
    expect(ratioOfSteps([{ own: half(4, 3, 6), placebo: half(null) }])).toEqual({ value: null, low: 0, high: expect.closeTo(6 / 36, 12) as number, seeds: 1 }); // prettier-ignore
    expect(ratioOfSteps([{ own: half(null), placebo: half(20, 18, 24) }])).toEqual({ value: null, low: expect.closeTo(36 / 24, 12) as number, high: null, seeds: 1 }); // prettier-ignore
    expect(ratioOfSteps([{ own: half(null), placebo: half(null) }])).toEqual({ value: null, low: 0, high: null, seeds: 1 }); // prettier-ignore
    const known = { own: half(4), placebo: half(20) };
    expect(ratioOfSteps([known, known, { own: half(4), placebo: half(null) }])).toMatchObject({ value: null, low: 0 });
    expect(ratioOfSteps([known, known, { own: half(null), placebo: half(20) }])).toMatchObject({ value: null, high: null }); // prettier-ignore
  });

  it('of several seeds of which one alone has both sides is not known', () => {
    const pair = { own: half(4, 3, 6), placebo: half(20, 18, 24) };
    expect(ratioOfSteps([pair], true)).toMatchObject({ low: 0, high: null, seeds: 1 });
    expect(ratioOfSteps([], true)).toEqual({ value: null, low: 0, high: null, seeds: 0 });
  });
});
