import { describe, expect, it } from 'vitest';
import { learningRate, scheduleParams } from '../../../src/nn/training/schedules.ts';

const rates = (steps: number, schedule: object): number[] =>
  Array.from({ length: steps }, (_, i) => learningRate(i + 1, steps, 8, scheduleParams.parse(schedule)));
const close = (values: readonly number[]): unknown[] => values.map((x) => expect.closeTo(x, 9));

describe('learning rate, by hand', () => {
  it('warms up from 0 in equal parts and then stays, when constant', () => {
    expect(rates(6, { kind: 'constant', warmupSteps: 4 })).toEqual(close([2, 4, 6, 8, 8, 8]));
  });

  it('falls in a straight line to its share at the last step', () => {
    expect(rates(6, { kind: 'linear', warmupSteps: 2, finalRatio: 0.5 })).toEqual(close([4, 8, 7, 6, 5, 4]));
  });

  it('falls along half a cosine: half-way down in the middle', () => {
    // 8 (0.25 + 0.75 (1 + cos(pi k / 4)) / 2) for k = 1..4
    const r = Math.SQRT1_2;
    const expected = [8, 8 * (0.25 + 0.375 * (1 + r)), 8 * 0.625, 8 * (0.25 + 0.375 * (1 - r)), 2];
    expect(rates(5, { kind: 'cosine', warmupSteps: 1, finalRatio: 0.25 })).toEqual(close(expected));
  });

  it('without warmup the first step has already begun to fall', () => {
    expect(rates(4, { kind: 'linear', warmupSteps: 0, finalRatio: 0 })).toEqual(close([6, 4, 2, 0]));
  });

  it('is never 0, above lr or not a number where a stage is shorter than its warmup', () => {
    for (const kind of ['constant', 'linear', 'cosine'])
      for (const steps of [1, 2, 19, 20, 21])
        for (const rate of rates(steps, { kind })) {
          expect(rate).toBeGreaterThan(0);
          expect(rate).toBeLessThanOrEqual(8);
        }
  });
});
