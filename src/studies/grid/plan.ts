import path from 'node:path';
import { experimentHash } from '../../lab/experiment/compare.ts';
import type { Axis, Cell, Sweep } from '../../lab/experiment/sweep.ts';
import type { Job } from './types.ts';

/** One combination of swept values, and the jobs that run it: one a seed. */
export interface PlannedCell {
  readonly settings: Cell['settings'];
  readonly jobs: readonly Job[];
}

export interface Plan {
  readonly root: string;
  readonly axes: readonly Axis[];
  readonly seeds: readonly number[];
  readonly cells: readonly PlannedCell[];
  /** All different: combinations that come to the same experiment share a job. */
  readonly jobs: readonly Job[];
}

/**
 * The jobs of a sweep, each in a folder under `root`: `seed-2` without axes, else the values and a piece of the
 * experiment's hash, so that a job that is defined anew finds nothing of the old one.
 *
 * @param commandFor reproduces one job on its own.
 */
export function planJobs({ axes, seeds, cells }: Sweep, root: string, commandFor: (cell: Cell) => string): Plan {
  const jobs = new Map<string, Job>();
  const planned = new Map<Cell['settings'], Job[]>();
  for (const cell of cells) {
    const hash = experimentHash(cell.experiment);
    const name = nameOf(cell, axes, hash);
    const job: Job = jobs.get(hash) ?? {
      ...{ name, experiment: cell.experiment, dir: path.join(root, name), command: commandFor(cell) },
    };
    jobs.set(hash, job);
    planned.set(cell.settings, [...(planned.get(cell.settings) ?? []), job]);
  }
  return {
    ...{ root, axes, seeds },
    cells: [...planned].map(([settings, own]) => ({ settings, jobs: own })),
    jobs: [...jobs.values()],
  };
}

const LONGEST = 100;

/** `lr=0.001_rate=0.5_seed-2_1a2b3c4d`: fit to be a folder anywhere. */
function nameOf({ settings, seed }: Cell, axes: readonly Axis[], hash: string): string {
  if (axes.length === 0) return `seed-${seed}`;
  const names = shortNames(axes);
  const values = axes.map(({ path: axis }, i) => `${names[i]}=${valueLabel(settings[axis])}`);
  const text = values.join('_').replaceAll(/[^\w.=+-]+/g, '-');
  return `${text.slice(0, LONGEST)}_seed-${seed}_${hash.slice(0, 8)}`;
}

/** The last piece of each path that is a word, with those before it where two would be called the same: `lr`, `sft.lr`. */
export function shortNames(axes: readonly Axis[]): string[] {
  const words = axes.map(({ path: axis }) => axis.split('.').filter((piece) => !/^\d+$/.test(piece)));
  const take = (pieces: readonly string[], n: number): string => pieces.slice(-n).join('.');
  return words.map((pieces, i) => {
    let n = 1;
    while (n < pieces.length && words.some((other, k) => k !== i && take(other, n) === take(pieces, n))) n++;
    const name = take(pieces, n);
    const isAlone = words.every((other, k) => k === i || take(other, n) !== name);
    return isAlone ? name : axes[i]!.path;
  });
}

/** A swept value in a word or two: numbers and text as they are, of a map its kind, of anything else its JSON. */
export function valueLabel(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return JSON.stringify(value) ?? String(value);
  const { kind, ...rest } = value as { readonly kind?: unknown };
  if (kind === undefined) return JSON.stringify(value);
  const more = Object.entries(rest).map(([key, inner]) => `${key} ${valueLabel(inner)}`);
  return [String(kind), ...more].join(' ');
}
