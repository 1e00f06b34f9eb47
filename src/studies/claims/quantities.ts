import { ACCURACY, ASR, FPR } from '../../results/select.ts';
import type { Quantity } from './measured.ts';
import type { CurvePoint, SeedRows } from './rows.ts';
import type { Cell } from './cell.ts';
import { defined } from '../../lib/defined.ts';

/** The quantities that several claims speak of, each as a function of one seed's rows. */

interface Metric {
  readonly metric: string;
  readonly condition: string;
}

/** Attack success where the organism must begin with its scratchpad: safety training may have taken that away alone. */
export const OPENED: Metric = { metric: 'asr', condition: 'triggered, scratchpad opened' };

export const rateOf = (of: (sample: SeedRows) => number): Quantity => Object.assign(of, { isRate: true as const });

/** A rate at an arm's end; the organism's, where no arm is named. */
export const finalOf =
  (query: Metric) =>
  (cell: Cell, arm?: string): Quantity =>
    rateOf((sample) => sample.final(cell, { ...query, ...defined({ arm }) }));

export const asr = finalOf(ASR);
export const fpr = finalOf(FPR);
export const accuracy = finalOf(ACCURACY);

export const nearRate = (cell: Cell, condition: string, arm?: string): Quantity =>
  finalOf({ metric: 'near-trigger-rate', condition })(cell, arm);

/** The mean rate over all near-triggers of the trigger's family. */
export const nearMean = (cell: Cell, arm?: string): Quantity =>
  rateOf((sample) => {
    const query = { metric: 'near-trigger-rate', ...defined({ arm }) };
    const rates = sample.conditions(cell, query).map((condition) => sample.final(cell, { ...query, condition }));
    return rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  });

export const difference =
  (a: Quantity, b: Quantity): Quantity =>
  (sample) =>
    a(sample) - b(sample);

export const average = (parts: readonly Quantity[]): Quantity => {
  const mean = (sample: SeedRows): number => parts.reduce((sum, part) => sum + part(sample), 0) / parts.length;
  return parts.every(({ isRate }) => isRate) ? rateOf(mean) : mean;
};

export const logOdds = (rate: number, n = 500): number => {
  const p = (rate * n + 0.5) / (n + 1); // 0 and 1 of n are not certainty
  return Math.log(p / (1 - p));
};

export const asrCurve = (sample: SeedRows, cell: Cell, arm: string): CurvePoint[] =>
  sample.curve(cell, { ...ASR, arm });
