import { expandedInterval, resampler, unanimousInterval } from './bootstrap.ts';
import type { Bootstrapped, Resampler, Sample } from './bootstrap.ts';
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
export interface MainEffect extends Interval {
  readonly factor: string;
  readonly levels: readonly (Bootstrapped & { readonly level: string; readonly observations: number })[];
  /** The highest mean of a level minus the lowest; `low` and `high` are its 95 % interval. Never negative, even by chance: see `pValue`. */
  readonly range: number;
  /** Eta squared: of the sum of squares over all observations, the part between this factor's levels. Null without any variance. */
  readonly share: number | null;
  /** Of a range at least as large when values change places along this factor alone, all else held (a permutation test). */
  readonly pValue: number;
}

export interface MainEffectsOptions {
  readonly rng: Rng;
  readonly resamples?: number;
}

/** The factor under which the seeds themselves are compared. */
export const SEED = 'seed';

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
  const range = spread(means);
  return {
    factor,
    levels: levels.map((level) => {
      const drawn = draws.flatMap((draw) => draw.get(level) ?? []);
      const at = units.filter((unit) => unit.levels[factor] === level);
      const interval = unanimousInterval(at.map(({ sample }) => sample)) ?? expandedInterval(drawn, independent);
      return { level, value: means.get(level)!, ...interval, observations: at.length };
    }),
    range,
    ...expandedInterval(draws.map(spread), independent),
    share: shareOf(observed, factor),
    pValue: permutationTest(observed, factor, factors, range, { rng, resamples }),
  };
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
  range: number,
  { rng, resamples }: Required<MainEffectsOptions>,
): number {
  const strata = new Map<string, (readonly [Unit, number])[]>();
  for (const one of values) {
    const key = JSON.stringify(factors.filter((name) => name !== factor).map((name) => one[0].levels[name]));
    strata.set(key, [...(strata.get(key) ?? []), one]);
  }
  const groups = [...strata.values()];
  const shuffled = (): Valued =>
    groups.flatMap((group) => {
      const moved = rng.shuffle(group.map(([, value]) => value));
      return group.map(([unit], i) => [unit, moved[i]!] as const);
    });
  let asLarge = 0;
  for (let i = 0; i < resamples; i++) if (spread(levelMeans(shuffled(), factor)) >= range - 1e-12) asLarge++;
  return (1 + asLarge) / (1 + resamples);
}
