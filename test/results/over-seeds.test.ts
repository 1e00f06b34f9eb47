import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mainEffects } from '../../src/results/main-effects.ts';
import { meanOverSeeds, overSeeds, pairedDifference, twoCamps } from '../../src/results/over-seeds.ts';
import type { SeedValue } from '../../src/results/over-seeds.ts';
import { createRng } from '../../src/lib/rng.ts';
import { rate, tQuantile, wilson, zQuantile } from '../../src/results/stats.ts';
import type { Interval } from '../../src/results/stats.ts';

interface Case {
  readonly value: number;
  readonly interval: readonly [number, number];
}
interface Golden {
  readonly quantiles: readonly (readonly [number, number, number])[];
  readonly rates: readonly (Case & { readonly counts: number[]; readonly n: number })[];
  readonly differences: readonly (Case & { readonly a: number[]; readonly b: number[]; readonly n: number })[];
  readonly numbers: readonly (Case & { readonly seeds: [number, number, number][] })[];
  readonly permutations: readonly { readonly a: number[]; readonly b: number[]; readonly p: number }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL('../golden/over-seeds.json', import.meta.url), 'utf8'));
const rates = (counts: readonly number[], n: number): SeedValue[] => counts.map((successes) => rate(successes, n));
const width = ({ low, high }: Interval): number => high - low;

function expectCase(ours: Interval & { readonly value: number }, { value, interval }: Case): void {
  expect(ours.value).toBeCloseTo(value, 12);
  expect(ours.low).toBeCloseTo(interval[0], 9);
  expect(ours.high).toBeCloseTo(interval[1], 9);
}

describe('equal scipy and statsmodels', () => {
  it.each(golden.quantiles)('the t quantile of %d degrees of freedom at %d', (df, alpha, expected) => {
    const ours = df === 1e7 ? zQuantile(alpha) : tQuantile(df, alpha);
    expect(ours / expected).toBeCloseTo(1, df === 1e7 ? 6 : 9);
  });
  it.each(golden.rates)('rates $counts of $n over seeds', ({ counts, n, ...expected }) => {
    expectCase(meanOverSeeds(rates(counts, n)), expected);
  });
  it.each(golden.differences)('$a less $b of $n', ({ a, b, n, ...expected }) => {
    expectCase(pairedDifference(rates(a, n), rates(b, n)), expected);
  });
  it.each(golden.numbers)('numbers that are no rates', ({ seeds, ...expected }) => {
    expectCase(meanOverSeeds(seeds.map(([value, low, high]) => ({ value, low, high, n: 15 }))), expected);
  });
  it.each(golden.permutations)('the exact p of $a against $b', ({ a, b, p }) => {
    const observations = [a, b].flatMap((values, level) =>
      values.map((value, seed) => ({ levels: { x: String(level) }, seed, sample: rate(value * 100, 100) })),
    );
    const [effect] = mainEffects(observations, ['x'], { rng: createRng(1) });
    expect(effect?.test?.pValue).toBeCloseTo(p, 12);
  });
});

describe('an interval over seeds', () => {
  it('is of the prompts alone where there is one seed, and never narrower than that of several', () => {
    expect(meanOverSeeds(rates([7], 10))).toEqual({ value: 0.7, ...wilson(0.7, 10) });
    const { low, high } = meanOverSeeds(rates([70, 70, 70], 100));
    expect(low).toBeCloseTo(wilson(0.7, 300).low, 12);
    expect(high).toBeCloseTo(wilson(0.7, 300).high, 12);
  });
  it('never takes "all of them" for certainty, on one side of a difference neither', () => {
    const all = rates([50, 50], 50);
    expect(meanOverSeeds(all).low).toBeCloseTo(rate(100, 100).low, 12);
    const { value, low, high } = pairedDifference(all, rates([0, 0], 50));
    expect([value, high]).toEqual([1, 1]);
    expect(low).toBeCloseTo(1 - Math.SQRT2 * rate(0, 100).high, 12);
  });
  it('reaches inward where seeds press against an end, and stays within 0 and 1', () => {
    const { value, low, high } = meanOverSeeds(rates([100, 100, 85], 100));
    expect(high).toBeLessThan(1);
    expect(value - low).toBeGreaterThan(4 * (high - value));
  });
  it('counts prompts where seeds were asked unequally many', () => {
    const uneven = meanOverSeeds([...rates([50], 100), ...rates([500], 1000)]);
    // the variance of the mean is (1/100 + 1/1000) / 4 of p (1 - p): that of 363.6 prompts
    expect(uneven.low).toBeCloseTo(wilson(0.5, 4 / (1 / 100 + 1 / 1000)).low, 12);
  });
  it('widens, on average, with every seed that is missing, and has its width from those that are there', () => {
    const rng = createRng('missing');
    const draws = Array.from({ length: 400 }, () => Array.from({ length: 5 }, () => rng.normal()));
    const none = { low: 0, high: 0 };
    const mean = (n: number): number => draws.reduce((sum, x) => sum + width(overSeeds(x.slice(0, n), none)), 0) / 400;
    expect([5, 4, 3, 2].map(mean)).toEqual([5, 4, 3, 2].map(mean).sort((a, b) => a - b));
    expect(mean(2)).toBeGreaterThan(5 * mean(5));
  });
  it('refuses what is no pair of arms', () => {
    expect(() => pairedDifference(rates([1, 2], 3), rates([1], 3))).toThrow('not paired by seed: 2 and 1 seeds');
  });
});

describe('two camps of seeds', () => {
  it('are told where nothing lies between them', () => {
    expect(twoCamps([0.97, 0.02, 0.99])).toEqual({ below: [0.02], above: [0.97, 0.99] });
    expect(twoCamps([0.1, 0.5, 0.9])).toBeNull();
    expect(twoCamps([0.4])).toBeNull();
  });
});
