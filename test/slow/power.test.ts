import { expect, it } from 'vitest';
import { pairedDifference } from '../../src/results/over-seeds.ts';
import { powerOfComparison } from '../../src/results/power.ts';
import type { Comparison } from '../../src/results/power.ts';
import { beta } from '../../src/studies/claims/redraw.ts';
import { createRng } from '../../src/lib/rng.ts';
import type { Rng } from '../../src/lib/rng.ts';
import { rate } from '../../src/results/stats.ts';

const RUNS = 4000;

const design = (p1: number, p2: number, prompts: number, seeds: number, seedDeviation: number): Comparison => ({
  ...{ p1, p2, prompts, seeds, seedDeviation },
});

/** One arm as `plan` has it: every seed's own rate, then its prompts. */
function arm(p: number, { prompts, seeds, seedDeviation }: Comparison, rng: Rng) {
  const both = (p * (1 - p)) / seedDeviation ** 2 - 1;
  return Array.from({ length: seeds }, () => {
    const own = seedDeviation === 0 ? p : beta(p * both, (1 - p) * both, rng);
    return rate(Array.from({ length: prompts }, () => rng.next() < own).filter(Boolean).length, prompts);
  });
}

/** The share of simulated comparisons whose interval leaves out zero. */
function seen(comparison: Comparison): number {
  const rng = createRng(JSON.stringify(comparison));
  const given = comparison.seeds === 1 ? { ...comparison, seedDeviation: 0 } : comparison; // two given models
  const told = Array.from({ length: RUNS }, () => {
    const { low, high } = pairedDifference(arm(comparison.p1, given, rng), arm(comparison.p2, given, rng));
    return low > 0 || high < 0;
  });
  const share = told.filter(Boolean).length / RUNS;
  process.stdout.write(`${JSON.stringify(comparison)} predicted ${powerOfComparison(comparison).toFixed(3)} simulated ${share.toFixed(3)}\n`); // prettier-ignore
  return share;
}

it.each([
  design(0.9, 0.6, 500, 3, 0.1),
  design(0.9, 0.7, 500, 5, 0.1),
  design(0.7, 0.55, 50, 8, 0.1),
  design(0.5, 0.4, 200, 5, 0),
  design(0.5, 0.45, 500, 3, 0.02),
  design(0.95, 0.85, 200, 5, 0.05),
  design(0.3, 0.1, 100, 4, 0.08),
  design(0.8, 0.4, 500, 5, 0.25),
  design(0.6, 0.5, 500, 12, 0.1),
  design(0.5, 0.35, 200, 1, 0.1),
  design(0.5, 0.5, 500, 5, 0.1),
])('power of $p1 against $p2, $prompts prompts, $seeds seeds, deviation $seedDeviation', (comparison) => {
  expect(Math.abs(powerOfComparison(comparison) - seen(comparison))).toBeLessThan(0.05);
});

// seeds whose spread is as large as their distance from 0 or 1 pile up there: a t test sees more of them than of a normal
it.each([design(0.05, 0.15, 500, 5, 0.1), design(0.9, 0.6, 500, 5, 0.2)])(
  'is cautious by at most 15 points: $p1 against $p2, deviation $seedDeviation',
  (comparison) => {
    const more = seen(comparison) - powerOfComparison(comparison);
    expect(more).toBeGreaterThan(0.05);
    expect(more).toBeLessThan(0.15);
  },
);
