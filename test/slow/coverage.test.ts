import { describe, expect, it } from 'vitest';
import { meanOverSeeds, overSeeds, pairedDifference, twoCamps } from '../../src/results/over-seeds.ts';
import type { SeedValue } from '../../src/results/over-seeds.ts';
import { beta } from '../../src/studies/claims/redraw.ts';
import { createRng } from '../../src/lib/rng.ts';
import type { Rng } from '../../src/lib/rng.ts';
import { rate } from '../../src/results/stats.ts';
import type { Interval } from '../../src/results/stats.ts';

/** What intervals over seeds cover; docs/science.md has the table that this prints. */
const PROMPTS = 500;
const RUNS = 10_000;

/** Draws the rate that one seed's model would show if it were asked without end. */
type Truth = (rng: Rng) => number;
const spread =
  (mean: number, deviation: number): Truth =>
  (rng) => {
    const both = (mean * (1 - mean)) / deviation ** 2 - 1;
    return beta(mean * both, (1 - mean) * both, rng);
  };

const ROWS: readonly { name: string; mean: number; truth: Truth; least: number; most: number }[] = [
  { name: 'none', mean: 0.5, truth: () => 0.5, least: 0.93, most: 0.98 },
  { name: 'sd .1, mean .5', mean: 0.5, truth: spread(0.5, 0.1), least: 0.93, most: 0.98 },
  { name: 'sd .25, mean .5', mean: 0.5, truth: spread(0.5, 0.25), least: 0.93, most: 0.98 },
  { name: 'sd .15, mean .8', mean: 0.8, truth: spread(0.8, 0.15), least: 0.93, most: 0.98 },
  { name: 'sd .05, mean .95', mean: 0.95, truth: spread(0.95, 0.05), least: 0.87, most: 0.98 },
];
const CAMPS: Truth = (rng) => (rng.next() < 0.7 ? 0.98 : 0.02);
const SEEDS = [2, 3, 5, 8] as const;

function binomial(p: number, rng: Rng): number {
  let successes = 0;
  for (let i = 0; i < PROMPTS; i++) if (rng.next() < p) successes += 1;
  return successes;
}
const ask = (truths: readonly number[], rng: Rng): SeedValue[] => truths.map((p) => rate(binomial(p, rng), PROMPTS));
const list = (n: number, f: () => number): number[] => Array.from({ length: n }, f);
const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const holds = ({ low, high }: Interval, truth: number): boolean => low <= truth && truth <= high;

/** The share of simulated experiments in which something is so. */
function share(name: string, isSo: (rng: Rng) => boolean, runs = RUNS): number {
  const rng = createRng(name);
  return Array.from({ length: runs }, () => isSo(rng)).filter(Boolean).length / runs;
}

describe.each(SEEDS)('over %i seeds', (seeds) => {
  it.each(ROWS)('the mean rate is covered: $name', ({ name, mean, truth, least, most }) => {
    const covered = share(`${name}/${seeds}`, (rng) =>
      holds(
        meanOverSeeds(
          ask(
            list(seeds, () => truth(rng)),
            rng,
          ),
        ),
        mean,
      ),
    );
    print(`${name} | ${seeds} seeds | ${covered.toFixed(3)}`);
    // fewer than five are said to cover what they do: never much less
    expect(covered).toBeGreaterThanOrEqual(least);
    expect(covered).toBeLessThanOrEqual(seeds < 5 ? 0.995 : most);
  });

  it.skipIf(seeds < 3).each([...ROWS, { name: 'two camps', truth: CAMPS }])(
    'equal arms seldom differ: $name',
    ({ name, truth }) => {
      for (const shared of [0, 0.7]) {
        let kept = 0;
        const differ = share(`${name}/${seeds}/${shared}`, (rng) => {
          const truths = list(seeds, () => truth(rng));
          const [a, b] = [truths, truths.map((p) => (rng.next() < shared ? p : truth(rng)))].map((arm) =>
            ask(arm, rng),
          );
          // retention, even without what its prompts add
          const ratios = b!.map(({ value }, i) => value / a![i]!.value).filter(Number.isFinite);
          if (ratios.length > 1 && !holds(overSeeds(ratios, { low: Infinity, high: -Infinity }), 1)) kept += 1 / RUNS;
          return !holds(pairedDifference(a!, b!), 0);
        });
        print(`equal: ${name} | shared ${shared} | ${seeds} seeds | difference ${differ} | ratio ${kept.toFixed(4)}`);
        expect(differ).toBeLessThanOrEqual(0.06);
        if (truth !== CAMPS) expect(kept).toBeLessThanOrEqual(0.06);
      }
    },
  );

  it.skipIf(seeds < 3)('two camps are warned of where they are seen, and others are not', () => {
    const warned = (truth: Truth) => (rng: Rng) => twoCamps(ask(list(seeds, () => truth(rng)), rng).map(({ value }) => value)) !== null; // prettier-ignore
    const covered = share(`two camps/${seeds}`, (rng) => holds(meanOverSeeds(ask(list(seeds, () => CAMPS(rng)), rng)), 0.692)); // prettier-ignore
    print(`two camps | ${seeds} seeds | ${covered.toFixed(3)}`);
    const seen = 1 - 0.7 ** seeds - 0.3 ** seeds;
    expect(Math.abs(share(`camps/${seeds}`, warned(CAMPS)) - seen)).toBeLessThan(0.015); // all where both camps are there
    for (const { name, truth } of ROWS) {
      const alarms = share(`${name}/camps/${seeds}`, warned(truth));
      print(`camps: ${name} | ${seeds} seeds | ${alarms}`);
      expect(alarms).toBeLessThanOrEqual(0.05);
    }
  });
});
