import { factorial, permutationsHeap } from 'simple-statistics';
import { average, differenceOverSeeds, isRate, overPrompts, overSeeds } from './over-seeds.ts';
import type { SeedValue } from './over-seeds.ts';
import { groupBy } from '../lib/group.ts';
import type { Rng } from '../lib/rng.ts';
import { ALPHA } from './stats.ts';
import type { Interval } from './stats.ts';

/** What was measured at one combination of levels, on one seed. */
export interface Observation {
  /** Factor -> level. The seed is not among them. */
  readonly levels: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly sample: SeedValue;
}

/** How much the mean moves along one factor, all others averaged over. */
export interface MainEffect {
  readonly factor: string;
  readonly levels: readonly (Interval & {
    readonly level: string;
    readonly value: number;
    readonly observations: number;
  })[];
  /** The highest mean of a level minus the lowest. Never negative, even by chance: see `test`. */
  readonly range: number;
  /** The 95 % interval of the range; null where no two seeds have two levels in common: nothing tells what another would give. */
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
  /** How many there were to be, where some brought nothing: as many as the observations have by default. */
  readonly seeds?: number;
}

/** The factor under which the seeds themselves are compared. */
const SEED = 'seed';

/** Up to so many orders are all tried; of more, a sample of `resamples`. */
const MOST_ORDERS = 10_000;
const EQUAL = 1e-12;

/**
 * The main effect of every factor, and of the seed where there are several. Intervals are over seeds (`overSeeds`), a level's
 * from the means that it has on each of them, the range's from the differences of two levels on each, since equal seeds share
 * initial weights and data: over all pairs of levels, with Bonferroni's correction for having looked at all. With one seed,
 * and for the seed's own effect, a level's interval is over prompts. Shares add up to at most 1 where every combination
 * was measured on every seed; what is missing from 1 is interaction and noise.
 */
export function mainEffects(
  observations: readonly Observation[],
  factors: readonly string[],
  { rng, resamples = 1000, seeds: planned = 1 }: MainEffectsOptions,
): MainEffect[] {
  const units = observations.map((one) => ({ ...one, levels: { ...one.levels, [SEED]: String(one.seed) } }));
  const seeds = new Set(units.map(({ seed }) => seed)).size;
  const all = seeds > 1 ? [...factors, SEED] : factors;
  return all.map((factor) => {
    const test = permutationTest(units, factor, all, { rng: rng.fork(factor), resamples });
    return { ...effectOf(units, factor, factor !== SEED && Math.max(seeds, planned) > 1), test };
  });
}

type Valued = readonly (readonly [Observation, number])[];
const valued = (units: readonly Observation[]): Valued => units.map((unit) => [unit, unit.sample.value]);

function effectOf(units: readonly Observation[], factor: string, isOverSeeds: boolean): Omit<MainEffect, 'test'> {
  const observed = valued(units);
  const means = levelMeans(observed, factor);
  const byLevel = groupBy(units, ({ levels }) => levels[factor]!);
  return {
    factor,
    levels: [...byLevel].map(([level, at]) => {
      const interval = isOverSeeds ? levelInterval(at) : overPrompts(at.map(({ sample }) => sample));
      return { level, value: means.get(level)!, ...interval, observations: at.length };
    }),
    range: spread(means),
    interval: isOverSeeds ? rangeInterval([...byLevel.values()]) : null,
    share: shareOf(observed, factor),
  };
}

/** The mean of each seed. */
const bySeed = (units: readonly Observation[]): Map<number, number> =>
  new Map(
    [...groupBy(units, ({ seed }) => seed)].map(([seed, own]) => [seed, average(own.map((one) => one.sample.value))]),
  );

function levelInterval(units: readonly Observation[]): Interval {
  const samples = units.map(({ sample }) => sample);
  const means = [...bySeed(units).values()];
  if (means.length > 1) return overSeeds(means, overPrompts(samples), isRate(samples) ? 'rate' : 'number');
  return { low: 0, high: 1 }; // on one seed of several: nothing is known of the others
}

/** Where the largest of all differences between two levels lies, if each is where its own interval says. */
function rangeInterval(levels: readonly (readonly Observation[])[]): Interval | null {
  const pairs = levels.flatMap((a, i) => levels.slice(i + 1).map((b) => [a, b] as const));
  const differences = pairs.map(([a, b]) => differenceInterval(a, b, ALPHA / pairs.length));
  const known = differences.filter((one) => one !== null);
  if (known.length === 0 || known.length < differences.length) return null;
  return {
    low: Math.max(0, ...known.flatMap(({ low, high }) => [low, -high])),
    high: Math.max(...known.flatMap(({ low, high }) => [high, -low])),
  };
}

/** Null where fewer than two seeds have both. */
function differenceInterval(a: readonly Observation[], b: readonly Observation[], alpha: number): Interval | null {
  const [x, y] = [bySeed(a), bySeed(b)];
  const differences = [...x].flatMap(([seed, value]) => (y.has(seed) ? [value - y.get(seed)!] : []));
  if (differences.length < 2) return null;
  const [p, q] = [a, b].map((units) => units.map(({ sample }) => sample));
  return differenceOverSeeds(differences, p!, q!, alpha);
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

function shareOf(values: Valued, factor: string): number | null {
  const mean = values.reduce((sum, [, value]) => sum + value, 0) / values.length;
  const means = levelMeans(values, factor);
  const between = values.reduce((sum, [{ levels }]) => sum + (means.get(levels[factor]!)! - mean) ** 2, 0);
  const total = values.reduce((sum, [, value]) => sum + (value - mean) ** 2, 0);
  return total === 0 ? null : between / total;
}

function permutationTest(
  units: readonly Observation[],
  factor: string,
  factors: readonly string[],
  { rng, resamples }: Required<Pick<MainEffectsOptions, 'rng' | 'resamples'>>,
): PermutationTest | null {
  const others = factors.filter((name) => name !== factor);
  const strata = [
    ...groupBy(valued(units), ([{ levels }]) => JSON.stringify(others.map((name) => levels[name]))).values(),
  ];
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
