import { average, expandedInterval } from '../../results/bootstrap.ts';
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
  /** The mean of a statistic over seeds with its 95 % interval. Null where no seed can tell. */
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

/** Redraws of the seeds, and of the prompts within each of them. */
const DRAWS = 1000;
/** A statistic that redrawn prompts often leave undefined (a half-life that is sometimes never reached) has no interval. */
const LEAST_TOLD = 0.9;

/**
 * The runs of a claim's cells. Intervals are hierarchical: each of the draws takes as many seeds with replacement as
 * there are, and redraws the prompts of each; few seeds make them wide (`expandedInterval`: with three they span all that
 * the draws reached). With a single seed they are over prompts alone.
 */
export function measured(
  runs: ReadonlyMap<string, readonly Results[]>,
  cells: readonly Cell[],
  draws = DRAWS,
): Measured {
  return over(new Map(commonSeeds(runs, cells).map((seed) => [seed, indexOf(runs, cells, seed)])), draws);
}

function over(indices: ReadonlyMap<number, SeedIndex>, draws: number): Measured {
  const estimate = (statistic: Statistic): Estimate | null => estimateOver(indices, statistic, draws);
  const check = (what: string, region: Region, statistic: Statistic): Check => ({
    what,
    region,
    estimate: estimate(statistic),
  });
  return {
    seeds: [...indices.keys()],
    estimate,
    only: (seed) => over(new Map([...indices].filter(([other]) => other === seed)), draws),
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

function estimateOver(indices: ReadonlyMap<number, SeedIndex>, statistic: Statistic, count: number): Estimate | null {
  let n = Infinity;
  const counted = (row: Row): number => {
    n = Math.min(n, row.n);
    return row.value;
  };
  const values = [...indices].map(([seed, index]) => ({
    seed,
    index,
    value: statistic(sampleOf(seed, index, counted)),
  }));
  const told = values.filter(({ value }) => Number.isFinite(value));
  if (told.length === 0) return null;

  const rng = createRng('claims');
  const draws = Array.from({ length: count }, () =>
    average(
      told.map(() => {
        const { seed, index } = rng.pick(told);
        return statistic(redrawn(seed, index, (row) => redraw(row, rng)));
      }),
    ),
  );
  const finite = draws.filter(Number.isFinite);
  if (finite.length < LEAST_TOLD * count) return null;
  return {
    value: average(told.map(({ value }) => value)),
    ...expandedInterval(finite, told.length > 1 ? told.length : n),
    n,
    seeds: told.map(({ seed }) => seed),
  };
}

function redrawn(seed: number, index: SeedIndex, draw: (row: Row) => number): SeedRows {
  const drawn = new Map<Row, number>();
  return sampleOf(seed, index, (row) => {
    const value = drawn.get(row) ?? draw(row);
    drawn.set(row, value);
    return value;
  });
}
