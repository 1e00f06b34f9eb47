import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expandedInterval, hierarchicalBootstrap, pairedDifference } from '../../src/results/bootstrap.ts';
import type { Bootstrapped, Counts } from '../../src/results/bootstrap.ts';
import { spearman } from '../../src/results/rank.ts';
import { createRng } from '../../src/lib/rng.ts';
import type { Rng } from '../../src/lib/rng.ts';
import { rate } from '../../src/results/stats.ts';

interface Case {
  readonly value: number;
  readonly interval: readonly [number, number];
}
interface Golden {
  readonly rate: Case & { readonly seeds: boolean[][] };
  readonly difference: Case & { readonly later: boolean[][] };
  readonly mean: Case & { readonly seeds: number[][] };
  readonly flat: Case;
  readonly spearman: Case & { readonly x: number[]; readonly y: number[] };
}

const golden: Golden = JSON.parse(readFileSync(new URL('../golden/bootstrap.json', import.meta.url), 'utf8'));
const options = (resamples = 20_000) => ({ rng: createRng(1), resamples });
const counts = (seed: boolean[]): Counts => ({ successes: seed.filter(Boolean).length, n: seed.length });

function expectCase(ours: Bootstrapped, { value, interval }: Case, within: number): void {
  expect(ours.value).toBeCloseTo(value, 12);
  expect(Math.abs(ours.low - interval[0])).toBeLessThan(within);
  expect(Math.abs(ours.high - interval[1])).toBeLessThan(within);
}

describe('hierarchicalBootstrap equals numpy, up to the noise of resampling', () => {
  const { seeds } = golden.rate;

  it('of booleans', () => {
    expectCase(hierarchicalBootstrap(seeds, options()), golden.rate, 0.012);
  });
  it('of counts', () => {
    expectCase(hierarchicalBootstrap(seeds.map(counts), options()), golden.rate, 0.012);
  });
  it('of numbers', () => {
    expectCase(hierarchicalBootstrap(golden.mean.seeds, options(5000)), golden.mean, 0.05);
  });
  it('of one seed: its prompts alone', () => {
    expectCase(hierarchicalBootstrap([seeds[1]!], options()), golden.flat, 0.026);
  });
  it('of pairs', () => {
    const difference = pairedDifference(seeds, golden.difference.later, options(5000));
    expectCase(difference, golden.difference, 0.012);
  });
});

describe('hierarchicalBootstrap', () => {
  const seeds: Counts[] = [3, 7, 9].map((successes) => ({ successes, n: 10 }));

  it('says the same for the same stream, and another thing for another', () => {
    const run = (seed: number) => hierarchicalBootstrap(golden.mean.seeds, { rng: createRng(seed) });
    expect(run(3)).toEqual(run(3));
    expect(run(3).low).not.toBe(run(4).low);
  });
  it('takes another statistic', () => {
    const worst = hierarchicalBootstrap(seeds, { ...options(500), statistic: (rates) => Math.min(...rates) });
    expect(worst.value).toBe(0.3);
    expect(worst.low).toBe(0);
  });
  it('never takes "all of them" for certainty', () => {
    const all = [50, 50].map((n) => ({ successes: n, n }));
    const { value, low, high } = rate(100, 100);
    expect(hierarchicalBootstrap(all, options(200))).toEqual({ value, low, high });
    expect(hierarchicalBootstrap([[false, false, false]], options(200)).high).toBeCloseTo(rate(0, 3).high, 12);
  });
  it('refuses what has no interval', () => {
    expect(() => hierarchicalBootstrap([], options(1))).toThrow(/no seeds/);
    expect(() => hierarchicalBootstrap([[]], options(1))).toThrow(/without prompts/);
    expect(() => hierarchicalBootstrap([{ successes: 3, n: 2 }], options(1))).toThrow(RangeError);
    expect(() => pairedDifference(seeds, seeds.slice(1), options(1))).toThrow(/paired by seed/);
    expect(() => pairedDifference([[true]], [[true, false]], options(1))).toThrow(/paired by prompt/);
  });
  it('takes the ends of what it saw where two seeds allow no more', () => {
    expect(expandedInterval([3, 1, 2], 2)).toEqual({ low: 1, high: 3 });
  });
});

describe('coverage over 300 simulations', () => {
  /** The share of simulated intervals that hold the truth. */
  function coverage(truth: number, simulate: (rng: Rng) => Bootstrapped): number {
    const rngs = Array.from({ length: 300 }, (_, i) => createRng(`coverage ${i}`));
    return rngs.map(simulate).filter(({ low, high }) => low <= truth && truth <= high).length / rngs.length;
  }
  const near = (p: number, rng: Rng): number => Math.min(1, Math.max(0, p + 0.1 * rng.normal()));
  const draw = (p: number, n: number, rng: Rng): boolean[] => Array.from({ length: n }, () => rng.next() < p);
  const list = <T>(n: number, f: () => T): T[] => Array.from({ length: n }, f);

  it.each([3, 5, 10])('a rate over %i seeds', (n) => {
    const covered = coverage(0.6, (rng) => {
      const seeds = list(n, () => counts(draw(near(0.6, rng), 100, rng)));
      return hierarchicalBootstrap(seeds, { rng, resamples: 1000 });
    });
    expect(covered).toBeGreaterThanOrEqual(0.9);
    expect(covered).toBeLessThanOrEqual(0.98);
  });
  it('a rate of one seed', () => {
    const covered = coverage(0.6, (rng) => hierarchicalBootstrap([draw(0.6, 100, rng)], { rng, resamples: 1000 }));
    expect(covered).toBeGreaterThanOrEqual(0.9);
    expect(covered).toBeLessThanOrEqual(0.98);
  });
  it('a difference of arms that share their seeds', () => {
    const covered = coverage(0.2, (rng) => {
      const base = list(5, () => near(0.6, rng));
      const arm = (shift: number) => base.map((p) => counts(draw(near(p - shift, rng), 100, rng)));
      return pairedDifference(arm(0), arm(0.2), { rng, resamples: 1000 });
    });
    expect(covered).toBeGreaterThanOrEqual(0.9);
    expect(covered).toBeLessThanOrEqual(0.98);
  });
  it('a mean of numbers', () => {
    const covered = coverage(2, (rng) => {
      const seeds = list(5, () => {
        const middle = 2 + rng.normal();
        return list(20, () => middle + rng.normal());
      });
      return hierarchicalBootstrap(seeds, { rng, resamples: 1000 });
    });
    expect(covered).toBeGreaterThanOrEqual(0.9);
    expect(covered).toBeLessThanOrEqual(0.98);
  });
});

describe('spearman', () => {
  const { x, y, value } = golden.spearman;

  it('equals scipy, ties and all', () => {
    expect(spearman(x, y)).toBeCloseTo(value, 12);
    expect(spearman(y, x)).toBeCloseTo(value, 12);
  });
  it('is NaN where a side is constant', () => {
    expect(spearman([1, 2, 3], [4, 4, 4])).toBeNaN();
    expect(() => spearman([1], [1, 2])).toThrow(/not pairs/);
  });
});
