import type { CurvePlot, DotPlot } from '../../report/ledger/types.ts';
import { ASR } from '../../results/select.ts';
import type { Measured, Quantity } from './measured.ts';
import { rateOf } from './quantities.ts';
import type { Cell } from './cell.ts';

/** What claims draw most often. */

interface DotRows {
  readonly domain?: readonly [number, number];
  readonly thresholds?: readonly number[];
  readonly rows: readonly { readonly row: string; readonly group?: string; readonly of: Quantity }[];
}

/** One row for each statistic that could be measured. */
export function dotsOf(from: Measured, x: string, { rows, ...more }: DotRows): DotPlot {
  const dots = rows.flatMap(({ of, ...labels }) => {
    const found = from.estimate(of);
    return found ? [{ ...labels, value: found.value, low: found.low, high: found.high }] : [];
  });
  return { kind: 'dots', x, ...more, dots };
}

export interface ArmOfCell {
  readonly name: string;
  readonly cell: Cell;
  readonly arm: string;
}

/** Attack success of arms as their training goes on. */
export function curvesOf(from: Measured, arms: readonly ArmOfCell[]): CurvePlot {
  const lines = arms.map(({ name, cell, arm }) => ({
    name,
    points: from.steps(cell, arm).flatMap((step) => from.point(step, asrAt(cell, arm, step))),
  }));
  return { kind: 'curves', x: 'steps of safety training', y: 'attack success', lines };
}

const asrAt = (cell: Cell, arm: string, step: number): Quantity =>
  rateOf((sample) => sample.at(cell, { ...ASR, arm }, step));
