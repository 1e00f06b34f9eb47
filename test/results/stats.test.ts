import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { halfLife, mcnemar, mean, meanFromMoments, rate, wilson } from '../../src/results/stats.ts';

interface Golden {
  readonly wilson: readonly [number, number, number, number][];
  readonly exact: readonly [number, number, number, number][];
  readonly mcnemar: readonly [number, number, number][];
  readonly means: readonly {
    readonly n: number;
    readonly values: readonly number[] | null;
    readonly mean: number;
    readonly deviation: number;
    readonly t: readonly [number, number];
    readonly normal: readonly [number, number];
  }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL('../golden/stats.json', import.meta.url), 'utf8'));

describe('rates', () => {
  it.each(golden.wilson)('wilson of %i of %i equals statsmodels', (k, n, low, high) => {
    expect(wilson(k / n, n).low).toBeCloseTo(low, 12);
    expect(wilson(k / n, n).high).toBeCloseTo(high, 12);
  });

  it('wilson of 7 of 40 is the textbook interval', () => {
    expect(wilson(7 / 40, 40).low).toBeCloseTo(0.087454, 6);
    expect(wilson(7 / 40, 40).high).toBeCloseTo(0.3195, 6);
  });

  it.each(golden.exact)('rate(%i, %i) has the exact bound of Clopper and Pearson', (k, n, low, high) => {
    expect(rate(k, n).low).toBeCloseTo(low, 12);
    expect(rate(k, n).high).toBeCloseTo(high, 12);
  });

  it('uses Wilson between the ends, and carries the counts', () => {
    expect(rate(312, 500)).toEqual({ value: 0.624, n: 500, successes: 312, ...wilson(0.624, 500) });
  });

  it.each([
    [1, 0],
    [-1, 5],
    [6, 5],
    [0.5, 5],
  ])('refuses %d of %d', (k, n) => {
    expect(() => rate(k, n)).toThrow(RangeError);
  });
});

describe('mean', () => {
  it.each(golden.means)('n = $n equals scipy', ({ n, values, mean: m, deviation, t, normal }) => {
    const fromMoments = meanFromMoments(m, deviation, n);
    expect(fromMoments.low).toBeCloseTo(t[0], 9);
    expect(fromMoments.high).toBeCloseTo(t[1], 9);
    expect(meanFromMoments(m, deviation, n, 'normal').high).toBeCloseTo(normal[1], 12);
    if (!values) return;
    expect(mean(values).value).toBeCloseTo(m, 12);
    expect(mean(values).low).toBeCloseTo(t[0], 9);
    expect(mean(values, 'normal').low).toBeCloseTo(normal[0], 12);
  });

  it('refuses samples that have no interval', () => {
    expect(() => mean([])).toThrow(/at least 2/);
    expect(() => mean([1])).toThrow(/at least 2/);
  });
});

describe('mcnemar', () => {
  it.each(golden.mcnemar)('(%i, %i) equals statsmodels, exact', (b, c, p) => {
    expect(mcnemar(b, c) / p).toBeCloseTo(1, 9);
  });
});

describe('halfLife', () => {
  const at = (...ys: number[]) => ys.map((y, i) => ({ x: i * 100, y }));

  it('interpolates linearly', () => {
    expect(halfLife(at(1, 0.8, 0.4))).toBeCloseTo(175, 12);
  });
  it('is relative to the start and counted from it', () => {
    expect(halfLife(at(0.5, 0.25))).toBe(100);
    expect(halfLife([{ x: 50, y: 1 }, { x: 150, y: 0 }])).toBe(50); // prettier-ignore
  });
  it('sorts by dose, and takes the first crossing', () => {
    expect(halfLife([...at(1, 0.5, 0.9, 0.1)].reverse())).toBe(100);
  });
  it('is null where the curve stays above half, is too short, or starts at nothing', () => {
    expect(halfLife(at(1, 0.8, 0.51))).toBeNull();
    expect(halfLife(at(1))).toBeNull();
    expect(halfLife([])).toBeNull();
    expect(halfLife(at(0, 0, 0))).toBeNull();
  });
});
