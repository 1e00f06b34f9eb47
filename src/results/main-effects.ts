import { factorial, permutationsHeap } from 'simple-statistics';
import { expandedInterval, resampler, unanimousInterval } from './bootstrap.ts';
import type { Bootstrapped, Resampler, Sample } from './bootstrap.ts';
import { groupBy } from '../lib/group.ts';
import type { Rng } from '../lib/rng.ts';
import type { Interval } from './stats.ts';

/** What was measured at one combination of levels, on one seed. */
export interface Observation {
  /** Factor -> level. The seed is not among them. */
  readonly levels: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly sample: Sample;
}

/** How much the mean moves along one factor, all others averaged over. */
export interface MainEffect {
  readonly factor: string;
  readonly levels: readonly (Bootstrapped & { readonly level: string; readonly observations: number })[];
  /** The highest mean of a level minus the lowest. Never negative, even by chance: see `test`. */
  readonly range: number;
  /** The 95 % interval of the range; null where a level was measured on one seed: nothing tells what another would give. */
  readonly interval: Interval | null;
  /** Eta squared: of the sum of squares over all observations, the part between this factor's levels. Null without any variance. */
  readonly share: number | null;
  /** Null where values could change places along this factor in one way only, which says nothing. */
  readonly test: PermutationTest | null;
}

/** How often a range is at least as large when values change places along one factor alone, all else held. */
interface PermutationTest {
  readonly pValue: number;
  /** The least that these values could give in any order: with 2 levels and 3 seeds .25. */
  readonly floor: number;
}

export interface MainEffectsOptions {
  readonly rng: Rng;
  readonly resamples?: number;
}

/** The factor under which the seeds themselves are compared. */
const SEED = 'seed';

/** Up to so many orders are all tried; of more, a sample of `resamples`. */
const MOST_ORDERS = 10_000;
const EQUAL = 1e-12;

interface Unit {
  readonly levels: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly sample: Sample;
  readonly data: Resampler;
}

/**
 * The main effect of every factor, and of the seed where there are several. Intervals: seeds are drawn with replacement, the
 * same for all combinations, since equal seeds share initial weights and data; then the prompts of each. The seed's own effect
 * resamples prompts alone. Shares add up to at most 1 where every combination was measured on every seed; what is missing from 1 is
 * interaction and noise.
 */
export function mainEffects(
  observations: readonly Observation[],
  factors: readonly string[],
  { rng, resamples = 1000 }: MainEffectsOptions,
): MainEffect[] {
  const units = observations.map(({ levels, seed, sample }): Unit => {
    return { levels: { ...levels, [SEED]: String(seed) }, seed, sample, data: resampler(sample) };
  });
  const several = new Set(units.map(({ seed }) => seed)).size > 1;
  const all = several ? [...factors, SEED] : factors;
  return all.map((factor) => effectOf(units, factor, all, { rng: rng.fork(factor), resamples }));
}

type Valued = readonly (readonly [Unit, number])[];

function effectOf(
  units: readonly Unit[],
  factor: string,
  factors: readonly string[],
  { rng, resamples }: Required<MainEffectsOptions>,
): MainEffect {
  const observed: Valued = units.map((unit) => [unit, unit.data.mean]);
  const levels = [...new Set(units.map((unit) => unit.levels[factor]!))];
  const means = levelMeans(observed, factor);
  const draws = Array.from({ length: resamples }, () => levelMeans(redraw(units, factor, rng), factor));
  const seeds = new Set(units.map(({ seed }) => seed)).size;
  const independent = factor !== SEED && seeds > 1 ? seeds : Math.max(2, ...units.map(({ data }) => data.n));
  const effects = levels.map((level) => {
    const drawn = draws.flatMap((draw) => draw.get(level) ?? []);
    const at = units.filter((unit) => unit.levels[factor] === level);
    const interval = unanimousInterval(at.map(({ sample }) => sample)) ?? expandedInterval(drawn, independent);
    return { level, value: means.get(level)!, ...interval, observations: at.length };
  });
  const isOfOneSeed = factor !== SEED && levels.some((level) => seedsOf(units, factor, level) < 2);
  return {
    factor,
    levels: effects,
    range: spread(means),
    interval: isOfOneSeed ? null : rangeInterval(expandedInterval(draws.map(spread), independent), effects),
    share: shareOf(observed, factor),
    test: permutationTest(observed, factor, factors, { rng, resamples }),
  };
}

const seedsOf = (units: readonly Unit[], factor: string, level: string): number =>
  new Set(units.filter((unit) => unit.levels[factor] === level).map(({ seed }) => seed)).size;

/** Where every outcome of every level was the same no draw moves the range: what is left are the exact bounds of the levels. */
function rangeInterval(drawn: Interval, levels: readonly Interval[]): Interval | null {
  if (drawn.low < drawn.high) return drawn;
  const most = (end: 'low' | 'high'): number => Math.max(...levels.map((level) => level[end]));
  const least = (end: 'low' | 'high'): number => Math.min(...levels.map((level) => level[end]));
  const bounds = { low: Math.max(0, most('low') - least('high')), high: most('high') - least('low') };
  return bounds.low < bounds.high ? bounds : null;
}

/** Mean over the observations of every level. */
function levelMeans(values: Valued, factor: string): Map<string, number> {
  const sums = new Map<string, { total: number; n: number }>();
  for (const [{ levels }, value] of values) {
    const sum = sums.get(levels[factor]!) ?? { total: 0, n: 0 };
    sums.set(levels[factor]!, { total: sum.total + value, n: sum.n + 1 });
  }
  return new Map([...sums].map(([level, { total, n }]) => [level, total / n]));
}

const spread = (means: ReadonlyMap<string, number>): number =>
  Math.max(...means.values()) - Math.min(...means.values());

/** New prompts for everybody, and new seeds unless it is the seeds that are compared. */
function redraw(units: readonly Unit[], factor: string, rng: Rng): Valued {
  const seeds = [...new Set(units.map(({ seed }) => seed))];
  const drawn = factor === SEED ? seeds : seeds.map(() => rng.pick(seeds));
  return drawn.flatMap((seed) =>
    units.filter((unit) => unit.seed === seed).map((unit) => [unit, unit.data.redraw(rng)] as const),
  );
}

function shareOf(values: Valued, factor: string): number | null {
  const mean = values.reduce((sum, [, value]) => sum + value, 0) / values.length;
  const means = levelMeans(values, factor);
  const between = values.reduce((sum, [{ levels }]) => sum + (means.get(levels[factor]!)! - mean) ** 2, 0);
  const total = values.reduce((sum, [, value]) => sum + (value - mean) ** 2, 0);
  return total === 0 ? null : between / total;
}

function permutationTest(
  values: Valued,
  factor: string,
  factors: readonly string[],
  { rng, resamples }: Required<MainEffectsOptions>,
): PermutationTest | null {
  const others = factors.filter((name) => name !== factor);
  const strata = [...groupBy(values, ([{ levels }]) => JSON.stringify(others.map((name) => levels[name]))).values()];
  // in a single stratum every order has the same means, under other names
  if (strata.filter(({ length }) => length > 1).length < 2) return null;
  const rangeOf = (moved: readonly (readonly number[])[]): number =>
    spread(
      levelMeans(
        strata.flatMap((stratum, i) => stratum.map(([unit], k) => [unit, moved[i]![k]!] as const)),
        factor,
      ),
    );
  const own = strata.map((stratum) => stratum.map(([, value]) => value));
  const range = rangeOf(own);
  const shareAbove = (ranges: readonly number[], least: number): number =>
    ranges.filter((one) => one >= least - EQUAL).length / ranges.length;
  if (own.reduce((product, { length }) => product * factorial(length), 1) > MOST_ORDERS) {
    const sampled = Array.from({ length: resamples }, () => rangeOf(own.map((stratum) => rng.shuffle(stratum))));
    return { pValue: shareAbove([range, ...sampled], range), floor: 1 / (1 + resamples) };
  }
  const all = product(own.map((values) => permutationsHeap([...values]))).map(rangeOf);
  return { pValue: shareAbove(all, range), floor: shareAbove(all, Math.max(...all)) };
}

/** Every choice of one item from each list. */
const product = <T>(lists: readonly (readonly T[])[]): T[][] =>
  lists.reduce<T[][]>((chosen, list) => chosen.flatMap((some) => list.map((one) => [...some, one])), [[]]);
