import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pairedDifference } from '../../src/results/over-seeds.ts';
import { rate } from '../../src/results/stats.ts';
import { powerOfComparison, promptsForPower } from '../../src/results/power.ts';
import { createRng } from '../../src/lib/rng.ts';
import type { Rng } from '../../src/lib/rng.ts';

interface Golden {
  readonly power: { readonly design: [number, number, number, number, number, number]; readonly power: number }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL('../golden/over-seeds.json', import.meta.url), 'utf8'));

describe('powerOfComparison', () => {
  // standard errors of .011 here and .004 there; the bar is 5 points
  it.each(golden.power)('$design is what numpy sees in 20,000 experiments', ({ design, power }) => {
    const [p1, p2, prompts, seeds, seedDeviation, alpha] = design;
    const found = powerOfComparison({ p1, p2, prompts, seeds, seedDeviation, alpha });
    expect(Math.abs(found - power)).toBeLessThan(0.04);
  });

  it('is the chance that pairedDifference leaves out zero, seed by seed and prompt by prompt', () => {
    const design = { p1: 0.7, p2: 0.55, prompts: 50, seeds: 8, seedDeviation: 0.1 };
    const arm = (p: number, rng: Rng) =>
      Array.from({ length: design.seeds }, () => {
        const own = p + design.seedDeviation * rng.normal();
        return rate(Array.from({ length: 50 }, () => rng.next() < own).filter(Boolean).length, 50);
      });
    const seen = Array.from({ length: 1000 }, (_, i) => {
      const rng = createRng(`power ${i}`);
      const { low, high } = pairedDifference(arm(design.p1, rng), arm(design.p2, rng));
      return low > 0 || high < 0;
    });
    const share = seen.filter(Boolean).length / seen.length;
    expect(Math.abs(share - powerOfComparison(design))).toBeLessThan(0.04); // two standard errors, and a little
  });

  // few prompts, rare rates: every outcome's chance times whether the interval leaves out zero
  it.each([
    [0.98, 0.85, 30],
    [0.02, 0.2, 30],
    [0.99, 0.9, 50],
  ])('of one seed is the exact one: %d against %d, %d prompts', (p1, p2, n) => {
    const chances = (p: number): number[] => {
      const all = [(1 - p) ** n];
      for (let k = 0; k < n; k++) all.push(((all[k]! * (n - k)) / (k + 1)) * (p / (1 - p)));
      return all;
    };
    const seen = chances(p1).flatMap((a, i) =>
      chances(p2).map((b, j) => {
        const { low, high } = pairedDifference([rate(i, n)], [rate(j, n)]);
        return low > 0 || high < 0 ? a * b : 0;
      }),
    );
    const exact = seen.reduce((sum, chance) => sum + chance, 0);
    expect(Math.abs(powerOfComparison({ p1, p2, prompts: n, seeds: 1, seedDeviation: 0.1 }) - exact)).toBeLessThan(
      0.02,
    );
  });

  it('is the same whichever arm is named first', () => {
    const design = { p1: 0.99, p2: 0.8, prompts: 100, seeds: 6, seedDeviation: 0.2 };
    expect(powerOfComparison({ ...design, p1: 0.8, p2: 0.99 })).toBe(powerOfComparison(design));
  });

  it('knows seeds in two camps: they differ by as much as rates can', () => {
    const design = { p1: 0.5, p2: 0.5, prompts: 100, seeds: 2, seedDeviation: 0.5 };
    // the seeds' differences are -1, 0 or 1: both alike and not 0 in two cases of sixteen, where t has nothing to say against it
    expect(Math.abs(powerOfComparison(design) - 2 / 16)).toBeLessThan(0.03);
    expect(powerOfComparison({ ...design, seedDeviation: 0.4999 })).toBeCloseTo(powerOfComparison(design), 1);
  });

  // .1 x .9 is .3 x .3 but for rounding; the figures are numpy's, of 20,000 experiments
  it.each([
    [{ p1: 0.1, p2: 0.5, prompts: 100, seeds: 12, seedDeviation: 0.3 }, 0.79],
    [{ p1: 0.98, p2: 0.9, prompts: 200, seeds: 10, seedDeviation: 0.14 }, 0.499],
    [{ p1: 0.968, p2: 0.5, prompts: 100, seeds: 5, seedDeviation: 0.176 }, 0.85],
  ])('knows the largest deviation that a rate can have: %j', (design, power) => {
    expect(Math.abs(powerOfComparison(design) - power)).toBeLessThan(0.04);
  });

  it('grows with prompts, seeds and the difference, and falls with what seeds differ by', () => {
    const design = { p1: 0.7, p2: 0.6, prompts: 100, seeds: 4, seedDeviation: 0.05 };
    const power = powerOfComparison(design);
    expect(powerOfComparison({ ...design, prompts: 200 })).toBeGreaterThan(power);
    expect(powerOfComparison({ ...design, seeds: 5 })).toBeGreaterThan(power);
    expect(powerOfComparison({ ...design, p2: 0.5 })).toBeGreaterThan(power);
    expect(powerOfComparison({ ...design, seedDeviation: 0.1 })).toBeLessThan(power);
  });

  it('knows the ends', () => {
    const design = { p1: 1, p2: 0, prompts: 10, seeds: 2, seedDeviation: 0 };
    expect(powerOfComparison(design)).toBe(1);
    expect(powerOfComparison({ ...design, p2: 1 })).toBe(0);
  });
});

describe('promptsForPower', () => {
  const design = { p1: 0.9, p2: 0.6, seeds: 5, seedDeviation: 0.1 };

  it('is the fewest that suffice', () => {
    const prompts = promptsForPower(design, 0.8) ?? NaN;
    expect(powerOfComparison({ ...design, prompts })).toBeGreaterThanOrEqual(0.8);
    expect(powerOfComparison({ ...design, prompts: prompts - 1 })).toBeLessThan(0.8);
  });
  it('agrees with the textbook for one pair of models: 0.9 against 0.6 needs about 29 each (Fleiss 1981: 30 to 32)', () => {
    const prompts = promptsForPower({ ...design, seeds: 1 }, 0.8);
    expect(prompts).toBeGreaterThanOrEqual(28);
    expect(prompts).toBeLessThanOrEqual(32);
  });
  it('is null where prompts cannot help', () => {
    expect(promptsForPower({ ...design, seeds: 2 }, 0.8)).toBeNull();
    expect(promptsForPower({ ...design, p2: 0.9 }, 0.8)).toBeNull();
  });
});
