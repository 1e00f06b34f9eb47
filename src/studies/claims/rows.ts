import type { Results, Row } from '../../results/types.ts';
import type { Cell } from './cell.ts';

/** Which of a cell's numbers is meant. Without an arm: the organism's. */
interface Query {
  readonly metric: string;
  readonly condition: string;
  readonly arm?: string;
}

export interface CurvePoint {
  /** Optimizer steps since the arm began. */
  readonly step: number;
  readonly value: number;
}

/**
 * One seed's rows of several cells: as they were measured, or as redrawn prompts make them (the same row is redrawn
 * once). What was not measured is NaN.
 */
export interface SeedRows {
  readonly seed: number;
  /** After the arm's last step. */
  final(cell: Cell, query: Query): number;
  /** After that many steps of the arm; NaN where nothing was measured just then. */
  at(cell: Cell, query: Query, step: number): number;
  /** From the arm's start to its end. A step that was evaluated twice counts once, with the larger n. */
  curve(cell: Cell, query: Query): CurvePoint[];
  /** What the metric was measured on, of an arm. */
  conditions(cell: Cell, query: Pick<Query, 'metric' | 'arm'>): string[];
}

/** The rows of one seed by cell name. */
export type RowsOfSeed = ReadonlyMap<string, readonly Row[]>;

export const rowsOfSeed = (results: Results, seed: number): readonly Row[] =>
  results.rows.filter((row) => row.seed === seed);

const keyOf = ({ metric, condition, arm = 'organism' }: Query): string => `${arm}|${metric}|${condition}`;

/** Rows by query, each step once. */
type Index = ReadonlyMap<string, readonly Row[]>;
export type SeedIndex = ReadonlyMap<string, Index>;

export function indexRows(cells: RowsOfSeed): SeedIndex {
  return new Map([...cells].map(([cell, rows]) => [cell, indexOf(rows)]));
}

function indexOf(rows: readonly Row[]): Index {
  const index = new Map<string, Map<number, Row>>();
  for (const row of rows) {
    const steps = index.get(keyOf(row)) ?? new Map<number, Row>();
    const before = steps.get(row.step);
    // of several measurements at a step the largest counts; of equals the last, the later stage's
    if (!before || row.n >= before.n) steps.set(row.step, row);
    index.set(keyOf(row), steps);
  }
  return new Map([...index].map(([key, steps]) => [key, [...steps.values()].sort((a, b) => a.step - b.step)]));
}

/** @param read a row's value: as it stands, or redrawn. */
export function sampleOf(seed: number, index: SeedIndex, read: (row: Row) => number): SeedRows {
  const rowsOf = (cell: Cell, query: Query): readonly Row[] => index.get(cell.name)?.get(keyOf(query)) ?? [];
  const finalOf = (rows: readonly Row[]): Row | undefined => rows.findLast((row) => row.final);
  return {
    seed,
    final(cell, query) {
      const row = finalOf(rowsOf(cell, query));
      return row === undefined ? NaN : read(row);
    },
    at(cell, query, step) {
      const row = rowsOf(cell, query).find((measured) => measured.step === step);
      return row === undefined ? NaN : read(row);
    },
    curve: (cell, query) => rowsOf(cell, query).map((row) => ({ step: row.step, value: read(row) })),
    conditions(cell, query) {
      const prefix = keyOf({ ...query, condition: '' });
      const keys = [...(index.get(cell.name)?.keys() ?? [])];
      return keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    },
  };
}
