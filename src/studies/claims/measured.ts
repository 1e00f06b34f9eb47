import { parse } from 'yaml';
import { average } from '../../results/over-seeds.ts';
import { createRng, type Rng } from '../../lib/rng.ts';
import type { PlotPoint } from '../../report/ledger/types.ts';
import type { Interval } from '../../results/stats.ts';
import type { Results, Row } from '../../results/types.ts';
import { ASR } from '../../results/select.ts';
import { estimateOf, type Estimate, type SeedValue } from './estimate.ts';
import { redraw } from './redraw.ts';
import { indexRows, rowsOfSeed, sampleOf, type SeedRows, type SeedIndex } from './rows.ts';
import type { Cell } from './cell.ts';
import { logRegion, type Check, type Region } from './verdict.ts';

/**
 * A number of one seed, or bounds of it; NaN where the seed cannot tell. Both sides of a difference come from the same
 * seed. `isRate`: it lies between 0 and 1.
 */
export interface Statistic {
  (sample: SeedRows): number | Interval;
  readonly isRate?: true;
}
/** One that is always a number. */
export interface Quantity {
  (sample: SeedRows): number;
  readonly isRate?: true;
}

/** What a claim may ask of the runs of its cells. */
export interface Measured {
  /** Seeds in which every cell was run. */
  readonly seeds: readonly number[];
  /** The mean of a statistic over seeds with its 95 % interval. Null where any seed cannot tell: none is left out for it. */
  estimate(statistic: Statistic): Estimate | null;
  /** The same runs with some seeds of them. */
  only(seeds: readonly number[]): Measured;
  check(what: string, region: Region, statistic: Statistic, more?: Pick<Check, 'searched'>): Check;
  premise(what: string, region: Region, statistic: Statistic): Check;
  /** Of a ratio whose logarithm the statistic is: the region is one of ratios. */
  ratio(what: string, region: Region, statistic: Statistic): Check;
  /** The mean over seeds alone: for placing what is drawn. */
  mean(statistic: Quantity): number;
  /** Steps at which attack success of an arm was measured, in any seed. */
  steps(cell: Cell, arm: string): number[];
  /** Mean and interval of a statistic at an x, for a plot; nothing where a seed cannot tell. */
  point(x: number, statistic: Quantity): PlotPoint[];
}

/** One seed of a claim's cells. */
interface Seed {
  readonly seed: number;
  readonly rows: SeedIndex;
  /** What its cells grew from: seeds that share a base are no independent draws. */
  readonly bases: readonly string[];
}

export function measured(runs: ReadonlyMap<string, readonly Results[]>, cells: readonly Cell[]): Measured {
  return over(commonSeeds(runs, cells).map((seed) => seedOf(runs, cells, seed)));
}

function over(seeds: readonly Seed[]): Measured {
  const samples = seeds.map(({ seed, rows }) => sampleOf(seed, rows, valueOf));
  const estimate = (statistic: Statistic, draws = DRAWS): Estimate | null => estimateOver(seeds, statistic, draws);
  return {
    seeds: seeds.map(({ seed }) => seed),
    estimate,
    only: (some) => over(seeds.filter(({ seed }) => some.includes(seed))),
    check: (what, region, statistic, more) => ({ what, region, estimate: estimate(statistic), ...more }),
    premise: (what, region, statistic) => ({ what, region, estimate: estimate(statistic, FEW), premise: true }),
    ratio: (what, region, statistic) => ({
      what,
      region: logRegion(region),
      estimate: estimate(statistic),
      isLog: true,
    }),
    mean: (statistic) => average(samples.map((sample) => statistic(sample)).filter(Number.isFinite)),
    steps(cell, arm) {
      const of = samples.flatMap((sample) => sample.curve(cell, { ...ASR, arm }));
      return [...new Set(of.map(({ step }) => step))].sort((a, b) => a - b);
    },
    point(x, statistic) {
      const found = estimate(statistic);
      return found ? [{ x, y: found.value, low: found.low, high: found.high }] : [];
    },
  };
}

const seedsOf = (results: readonly Results[]): number[] => results.flatMap(({ seeds }) => seeds);

function commonSeeds(runs: ReadonlyMap<string, readonly Results[]>, cells: readonly Cell[]): number[] {
  const [first = [], ...others] = cells.map(({ name }) => seedsOf(runs.get(name) ?? []));
  return [...new Set(first)].filter((seed) => others.every((seeds) => seeds.includes(seed))).sort((a, b) => a - b);
}

function seedOf(runs: ReadonlyMap<string, readonly Results[]>, cells: readonly Cell[], seed: number): Seed {
  const results = (name: string): Results[] => (runs.get(name) ?? []).filter(({ seeds }) => seeds.includes(seed));
  const rows = (name: string): Row[] => results(name).flatMap((one) => rowsOfSeed(one, seed));
  return {
    seed,
    rows: indexRows(new Map(cells.map(({ name }) => [name, rows(name)]))),
    bases: [...new Set(cells.flatMap(({ name }) => results(name).map((one) => baseOf(one, seed))))],
  };
}

/** A shipped base serves several seeds; one that was trained in the run is its seed's own. */
function baseOf({ experiment }: Results, seed: number): string {
  const { base } = Object(parse(experiment)) as { base?: { sha256?: string } };
  return base?.sha256 ?? `seed ${seed}`;
}

const valueOf = ({ value }: Row): number => value;

function estimateOver(seeds: readonly Seed[], statistic: Statistic, draws: number): Estimate | null {
  let n = Infinity;
  const counted = (row: Row): number => {
    n = Math.min(n, row.n);
    return row.value;
  };
  const rng = createRng('claims');
  const values = seeds.map(({ seed, rows }): SeedValue => {
    const bounds = boundsOf(statistic(sampleOf(seed, rows, counted)));
    const tells = Number.isFinite(bounds.low) || Number.isFinite(bounds.high);
    return {
      seed,
      ...bounds,
      variance: tells ? promptVariance(seed, rows, statistic, { rng: rng.fork(`${seed}`), draws }) : NaN,
    };
  });
  if (values.length === 0 || values.some(({ variance }) => Number.isNaN(variance))) return null;
  const { lows, highs, ...estimate } = estimateOf(perBase(seeds, values), n, statistic.isRate);
  if (!Number.isFinite(lows.mean) && !Number.isFinite(highs.mean)) return null;
  return { ...estimate, lows, highs, seeds: values.map(({ seed }) => seed) };
}

const boundsOf = (value: number | Interval): Interval =>
  typeof value === 'number' ? { low: value, high: value } : value;

/** Redraws of the prompts of a seed. */
const DRAWS = 100;
/** The same for a premise, whose mean decides. */
const FEW = 20;
/** A statistic that redrawn prompts often leave undefined (a dose that is sometimes never reached) has no error to speak of. */
const LEAST_TOLD = 0.9;

/** How much other prompts would move the statistic: the larger of its two bounds' variances, of those bounds that are known. */
function promptVariance(
  seed: number,
  rows: SeedIndex,
  statistic: Statistic,
  { rng, draws }: { readonly rng: Rng; readonly draws: number },
): number {
  const drawn = Array.from({ length: draws }, () =>
    boundsOf(statistic(redrawn(seed, rows, (row) => redraw(row, rng)))),
  );
  const variances = (['low', 'high'] as const).map((side) => {
    const values = drawn.map((bounds) => bounds[side]).filter(Number.isFinite);
    if (values.length < LEAST_TOLD * draws) return NaN;
    const mean = average(values);
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  });
  const known = variances.filter((variance) => !Number.isNaN(variance));
  return known.length > 0 ? Math.max(...known) : NaN;
}

function redrawn(seed: number, index: SeedIndex, draw: (row: Row) => number): SeedRows {
  const drawn = new Map<Row, number>();
  return sampleOf(seed, index, (row) => {
    const value = drawn.get(row) ?? draw(row);
    drawn.set(row, value);
    return value;
  });
}

/** Seeds that share a base, directly or by another seed, count as one: their mean. */
function perBase(seeds: readonly Seed[], values: readonly SeedValue[]): SeedValue[] {
  const groups: { bases: Set<string>; values: SeedValue[] }[] = [];
  seeds.forEach(({ bases }, i) => {
    const isKin = (group: { bases: Set<string> }): boolean => bases.some((base) => group.bases.has(base));
    const kin = groups.filter(isKin);
    for (const group of kin) groups.splice(groups.indexOf(group), 1);
    groups.push({
      bases: new Set([...bases, ...kin.flatMap((group) => [...group.bases])]),
      values: [...kin.flatMap((group) => group.values), values[i]!],
    });
  });
  return groups.map(({ values: [first, ...rest] }) => {
    const all = [first!, ...rest];
    const mean = (side: 'low' | 'high'): number => average(all.map((value) => value[side]));
    const variance = all.reduce((sum, value) => sum + value.variance, 0) / all.length ** 2;
    return { seed: first!.seed, low: mean('low'), high: mean('high'), variance };
  });
}
