import { quantileSorted } from 'simple-statistics';
import { average, isRate, meanOverSeeds, overSeeds, twoCamps } from '../../results/over-seeds.ts';
import { ALPHA } from '../../results/stats.ts';
import type { Interval } from '../../results/stats.ts';
import { createRng } from '../../lib/rng.ts';
import type { PlotPoint } from '../../report/ledger/types.ts';
import type { Results, Row } from '../../results/types.ts';
import { ASR } from '../../results/select.ts';
import { redraw } from './redraw.ts';
import { indexRows, rowsOfSeed, sampleOf, type SeedRows, type SeedIndex } from './rows.ts';
import type { Cell } from './cell.ts';
import type { Check, Estimate, Region } from './verdict.ts';

/** A number of one seed; NaN where the seed cannot tell. Both sides of a difference come from the same seed. */
export type Statistic = (sample: SeedRows) => number;

/** What a claim may ask of the runs of its cells. */
export interface Measured {
  /** Seeds in which every cell was run. */
  readonly seeds: readonly number[];
  /** The mean of a statistic over the seeds that can tell, with its 95 % interval. Null where none can, or one of several. */
  estimate(statistic: Statistic): Estimate | null;
  /** The same runs with one seed of them. */
  only(seed: number): Measured;
  check(what: string, region: Region, statistic: Statistic): Check;
  premise(what: string, region: Region, statistic: Statistic): Check;
  /** The mean over seeds alone: for choosing what to check. */
  mean(statistic: Statistic): number;
  /** Steps at which attack success of an arm was measured, in any seed. */
  steps(cell: Cell, arm: string): number[];
  /** Mean and interval of a statistic at an x, for a plot; nothing where no seed can tell. */
  point(x: number, statistic: Statistic): PlotPoint[];
}

/** Redraws of the prompts. */
const DRAWS = 1000;
/** A statistic that redrawn prompts often leave undefined (a half-life that is sometimes never reached) has no interval. */
const LEAST_TOLD = 0.9;

/**
 * The runs of a claim's cells. Intervals are the report's: of a rate `meanOverSeeds`; of any other statistic Student's t over
 * the seeds' values, never narrower than what redrawing the prompts of each seed leaves. With a single seed they are over
 * prompts alone. A seed that cannot tell makes the sample smaller, and so the interval wider; where one of several
 * tells, there is none.
 */
export function measured(
  runs: ReadonlyMap<string, readonly Results[]>,
  cells: readonly Cell[],
  draws = DRAWS,
): Measured {
  const indices = new Map(commonSeeds(runs, cells).map((seed) => [seed, indexOf(runs, cells, seed)]));
  const isOneSeed = new Set(cells.flatMap(({ name }) => seedsOf(runs.get(name) ?? []))).size === 1;
  return over(indices, isOneSeed, draws);
}

/** @param isOneSeed no cell was run on another: only then are the prompts of one seed all that an interval is over */
function over(indices: ReadonlyMap<number, SeedIndex>, isOneSeed: boolean, draws: number): Measured {
  const estimate = (statistic: Statistic): Estimate | null => estimateOver(indices, statistic, isOneSeed, draws);
  const check = (what: string, region: Region, statistic: Statistic): Check => ({
    what,
    region,
    estimate: estimate(statistic),
  });
  return {
    seeds: [...indices.keys()],
    estimate,
    only: (seed) => over(new Map([...indices].filter(([other]) => other === seed)), true, draws),
    check,
    mean: (statistic) =>
      average([...indices].map(([seed, index]) => statistic(sampleOf(seed, index, valueOf))).filter(Number.isFinite)),
    steps(cell, arm) {
      const query = { ...ASR, arm };
      const of = [...indices].flatMap(([seed, index]) => sampleOf(seed, index, valueOf).curve(cell, query));
      return [...new Set(of.map(({ step }) => step))].sort((a, b) => a - b);
    },
    premise: (what, region, statistic) => ({ ...check(what, region, statistic), premise: true }),
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

function indexOf(runs: ReadonlyMap<string, readonly Results[]>, cells: readonly Cell[], seed: number): SeedIndex {
  const rows = (name: string): Row[] => (runs.get(name) ?? []).flatMap((results) => rowsOfSeed(results, seed));
  return indexRows(new Map(cells.map(({ name }) => [name, rows(name)])));
}

const valueOf = ({ value }: Row): number => value;

function estimateOver(
  indices: ReadonlyMap<number, SeedIndex>,
  statistic: Statistic,
  isOneSeed: boolean,
  count: number,
): Estimate | null {
  const values = [...indices].map(([seed, index]) => {
    const read = new Set<Row>();
    const sample = sampleOf(seed, index, (row) => (read.add(row), row.value));
    return { seed, index, read, value: statistic(sample) };
  });
  const told = values.filter(({ value }) => Number.isFinite(value));
  if (told.length === 0 || (told.length === 1 && !isOneSeed)) return null;

  const numbers = told.map(({ value }) => value);
  const rows = told.flatMap(({ read }) => [...read]);
  const found = { n: Math.min(...rows.map(({ n }) => n)), seeds: told.map(({ seed }) => seed) };
  // a statistic that is a row's own value has the interval that the report gives it
  if (rows.length === told.length && rows.every(({ value }, i) => value === numbers[i]))
    return { ...meanOverSeeds(rows), ...found, ...(isRate(rows) && twoCamps(numbers) && { inTwoCamps: true }) };
  const prompts = overRedraws(told, statistic, count);
  return prompts && { value: average(numbers), ...overSeeds(numbers, prompts), ...found };
}

/** The interval of the mean over prompts: these seeds, their prompts redrawn. Null where redraws often leave it undefined. */
function overRedraws(
  told: readonly { readonly seed: number; readonly index: SeedIndex; readonly value: number }[],
  statistic: Statistic,
  count: number,
): Interval | null {
  const rng = createRng('claims');
  const draw = (): number =>
    average(told.map(({ seed, index }) => statistic(redrawn(seed, index, (row) => redraw(row, rng)))));
  const sorted = Array.from({ length: count }, draw).filter(Number.isFinite).sort((a, b) => a - b); // prettier-ignore
  if (sorted.length < LEAST_TOLD * count) return null;
  const value = average(told.map((one) => one.value));
  const [low, high] = [ALPHA / 2, 1 - ALPHA / 2].map((tail) => quantileSorted(sorted, tail));
  return { low: Math.min(low!, value), high: Math.max(high!, value) };
}

function redrawn(seed: number, index: SeedIndex, draw: (row: Row) => number): SeedRows {
  const drawn = new Map<Row, number>();
  return sampleOf(seed, index, (row) => {
    const value = drawn.get(row) ?? draw(row);
    drawn.set(row, value);
    return value;
  });
}
