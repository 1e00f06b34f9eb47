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
  const rng = createRng(JSON.stringify(comparison));
  const given = comparison.seeds === 1 ? { ...comparison, seedDeviation: 0 } : comparison; // two given models
  const seen = Array.from({ length: RUNS }, () => {
    const { low, high } = pairedDifference(arm(comparison.p1, given, rng), arm(comparison.p2, given, rng));
    return low > 0 || high < 0;
  });
  const share = seen.filter(Boolean).length / RUNS;
  process.stdout.write(`${JSON.stringify(comparison)} predicted ${powerOfComparison(comparison).toFixed(3)} simulated ${share.toFixed(3)}\n`); // prettier-ignore
  expect(Math.abs(powerOfComparison(comparison) - share)).toBeLessThan(0.05);
});
