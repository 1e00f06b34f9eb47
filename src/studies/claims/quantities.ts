import { firstReach, halfLife } from '../../results/stats.ts';
import { ACCURACY, ASR, FPR } from '../../results/select.ts';
import type { Statistic } from './measured.ts';
import type { CurvePoint, SeedRows } from './rows.ts';
import type { Cell } from './cell.ts';
import { defined } from '../../lib/defined.ts';

/** The quantities that several claims speak of, each as a function of one seed's rows. */

/** A number of an arm's end; of the organism's, where no arm is named. */
export const finalOf =
  (query: { readonly metric: string; readonly condition: string }) =>
  (cell: Cell, arm?: string): Statistic =>
  (sample) =>
    sample.final(cell, { ...query, ...defined({ arm }) });

export const asr = finalOf(ASR);
export const fpr = finalOf(FPR);
export const accuracy = finalOf(ACCURACY);

export const nearRate = (cell: Cell, condition: string, arm?: string): Statistic =>
  finalOf({ metric: 'near-trigger-rate', condition })(cell, arm);

/** Attack success after the arm over attack success of the organism it began as. */
export const retention =
  (cell: Cell, arm: string): Statistic =>
  (sample) =>
    over(asr(cell, arm)(sample), asr(cell)(sample));

export const difference =
  (a: Statistic, b: Statistic): Statistic =>
  (sample) =>
    a(sample) - b(sample);

export const average =
  (parts: readonly Statistic[]): Statistic =>
  (sample) =>
    parts.reduce((sum, part) => sum + part(sample), 0) / parts.length;

/** NaN where there is nothing to divide by. */
export const over = (a: number, b: number): number => (b > 0 ? a / b : NaN);

export const asrCurve = (sample: SeedRows, cell: Cell, arm: string): CurvePoint[] =>
  sample.curve(cell, { ...ASR, arm });

const lossCurve = (sample: SeedRows, cell: Cell, arm: string): CurvePoint[] =>
  sample.curve(cell, { metric: 'clean-loss', condition: 'all', arm });

/** Steps until attack success has fallen to half; `reached` is false where the arm ended before. */
function stepsToHalf(sample: SeedRows, cell: Cell, arm: string): { steps: number; reached: boolean } {
  const curve = asrCurve(sample, cell, arm);
  const steps = halfLife(curve.map(({ step, value }) => ({ x: step, y: value })));
  return steps === null ? { steps: curve.at(-1)?.step ?? NaN, reached: false } : { steps, reached: true };
}

/**
 * How many times as long the first arm needs as the second to halve attack success. An arm that never gets there counts
 * with all its steps: the ratio is then a bound on its near side. NaN where neither does.
 */
export const halvingRatio =
  (first: readonly [Cell, string], second: readonly [Cell, string]): Statistic =>
  (sample) => {
    const [a, b] = [stepsToHalf(sample, ...first), stepsToHalf(sample, ...second)];
    return a.reached || b.reached ? over(a.steps, b.steps) : NaN;
  };

/** Clean loss must have fallen at least this far, in nats a token, before two arms are compared at it. */
const LEAST_FALL = 0.01;

/**
 * Attack success of two arms of one organism at the lowest clean loss that both of them reach, each where it first does:
 * equal training in the sense that counts. NaN where one of them never lowers the loss.
 */
export function atEqualLoss(
  sample: SeedRows,
  a: readonly [Cell, string],
  b: readonly [Cell, string],
): { loss: number; a: number; b: number } {
  const [lossA, lossB] = [lossCurve(sample, ...a), lossCurve(sample, ...b)];
  const lowest = (curve: readonly CurvePoint[]): number => Math.min(...curve.map(({ value }) => value));
  const loss = Math.max(lowest(lossA), lowest(lossB));
  const start = Math.min(lossA[0]?.value ?? NaN, lossB[0]?.value ?? NaN);
  if (!(loss <= start - LEAST_FALL)) return { loss: NaN, a: NaN, b: NaN };
  const rateWhen = (losses: readonly CurvePoint[], [cell, arm]: readonly [Cell, string]): number => {
    const step = firstReach(losses.map(({ step: x, value: y }) => ({ x, y })), loss); // prettier-ignore
    return valueAt(asrCurve(sample, cell, arm), step);
  };
  return { loss, a: rateWhen(lossA, a), b: rateWhen(lossB, b) };
}

/** A curve's value at a step, linear between its points. NaN outside. */
export function valueAt(curve: readonly CurvePoint[], step: number): number {
  const after = curve.findIndex((point) => point.step >= step);
  const [a, b] = [curve[after - 1], curve[after]];
  if (!b) return NaN;
  if (!a || b.step === step) return b.step === step ? b.value : NaN;
  return a.value + ((step - a.step) / (b.step - a.step)) * (b.value - a.value);
}
