import { sampleStandardDeviation } from 'simple-statistics';
import { ALPHA, proportion, tQuantile, Z, zQuantile } from './stats.ts';
import type { Estimate, Interval } from './stats.ts';

/**
 * Intervals over seeds. What was measured on a seed is one number of one model; the models that training could have made
 * are a population, and seeds a small sample of it. docs/science.md has what each of these covers in simulation
 * (test/slow/coverage.test.ts), and what was tried in its place.
 */

/** One seed's number with its 95 % interval over prompts; of a rate the counts, too. */
export type SeedValue = Estimate & { readonly successes?: number };

/** The mean of some numbers; NaN of none. */
export const average = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

export const isRate = (seeds: readonly SeedValue[]): boolean => seeds.every(({ successes }) => successes !== undefined);

/** The mean over seeds with its interval; of one seed the interval of its prompts, which speaks of that model alone. */
export function meanOverSeeds(seeds: readonly SeedValue[]): Interval & { readonly value: number } {
  const values = seeds.map(({ value }) => value);
  return { value: average(values), ...overSeeds(values, overPrompts(seeds), isRate(seeds) ? 'rate' : 'number') };
}

/**
 * The difference of two arms, `a - b`, the mean over seeds with its interval: `a[i]` and `b[i]` belong to one seed, so what a
 * seed adds to both drops out. That the prompts of both sides are the same ones is not used. RangeError where they do not pair.
 */
export function pairedDifference(
  a: readonly SeedValue[],
  b: readonly SeedValue[],
): Interval & { readonly value: number } {
  if (a.length !== b.length)
    throw new RangeError(`not paired by seed: ${a.length} and ${b.length} seeds; need as many`);
  const values = a.map(({ value }, i) => value - b[i]!.value);
  return { value: average(values), ...differenceOverSeeds(values, a, b) };
}

/** The interval of the mean of one difference a seed. @param a, b all that the two sides were measured on: their prompts widen it */
export function differenceOverSeeds(
  values: readonly number[],
  a: readonly SeedValue[],
  b: readonly SeedValue[],
  alpha = ALPHA,
): Interval {
  const { low, high } = overSeeds(values, differenceOverPrompts(a, b, alpha), 'number', alpha);
  return isRate([...a, ...b]) ? { low: Math.max(-1, low), high: Math.min(1, high) } : { low, high };
}

/**
 * Student's t interval of the mean of one value a seed, never narrower than `prompts`, the interval that the mean has from its
 * prompts alone: three seeds that agree by luck are no evidence that all would. Of rates the t interval is taken on log-odds
 * and brought back (delta method, about the mean itself): next to 0 and 1 seeds are skewed, and it reaches farther inward.
 * Of one value it is `prompts`.
 *
 * Sources: Student 1908; Agresti 2013, section 3.1 (delta method for the logit).
 */
export function overSeeds(
  values: readonly number[],
  prompts: Interval,
  kind: 'rate' | 'number' = 'number',
  alpha = ALPHA,
): Interval {
  const n = values.length;
  if (n < 2) return prompts;
  const mean = average(values);
  const half = (tQuantile(n - 1, alpha) * sampleStandardDeviation([...values])) / Math.sqrt(n);
  const seeds = kind === 'rate' && half > 0 ? onLogOdds(mean, half) : { low: mean - half, high: mean + half };
  return { low: Math.min(seeds.low, prompts.low), high: Math.max(seeds.high, prompts.high) };
}

function onLogOdds(mean: number, half: number): Interval {
  const at = (side: number): number => 1 / (1 + ((1 - mean) / mean) * Math.exp((-side * half) / (mean * (1 - mean))));
  return { low: at(-1), high: at(1) };
}

/**
 * The interval of a mean over seeds from its prompts alone, as if these models were all there are: of rates Wilson's (exact
 * where all or none show it) on all prompts; of other numbers the seeds' own intervals, squared and added.
 */
export function overPrompts(seeds: readonly SeedValue[], alpha = ALPHA): Interval {
  const value = average(seeds.map((seed) => seed.value));
  if (isRate(seeds)) return proportion(value, seeds.length / average(seeds.map(({ n }) => 1 / n)), alpha);
  const scale = zQuantile(alpha) / Z / seeds.length;
  const add = (distance: (seed: SeedValue) => number): number => scale * Math.hypot(...seeds.map(distance));
  return { low: value - add((seed) => seed.value - seed.low), high: value + add((seed) => seed.high - seed.value) };
}

/** The same of a difference of two means: the ends of both sides, squared and added (Newcombe 1998, method 10). */
function differenceOverPrompts(a: readonly SeedValue[], b: readonly SeedValue[], alpha: number): Interval {
  const [x, y] = [a, b].map((seeds) => ({
    value: average(seeds.map((seed) => seed.value)),
    ...overPrompts(seeds, alpha),
  }));
  return {
    low: x!.value - y!.value - Math.hypot(x!.value - x!.low, y!.high - y!.value),
    high: x!.value - y!.value + Math.hypot(x!.high - x!.value, y!.value - y!.low),
  };
}

/** Two rates of neighboring seeds this far apart are two camps. Seeds around one middle rarely are: of three at a spread of .25, 1 in 30. */
const APART = 2 / 3;

/**
 * The rates of seeds that fall into two camps, some near one value and some near another, with nothing between: their mean
 * describes no model, and no interval over a few seeds covers it. Null where they do not.
 */
export function twoCamps(rates: readonly number[]): { readonly below: number[]; readonly above: number[] } | null {
  const sorted = rates.toSorted((a, b) => a - b);
  const at = sorted.findIndex((rate, i) => i > 0 && rate - sorted[i - 1]! >= APART);
  return at === -1 ? null : { below: sorted.slice(0, at), above: sorted.slice(at) };
}
