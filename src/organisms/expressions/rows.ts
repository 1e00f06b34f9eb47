import { languageModelInputs } from '../../nn/training/losses.ts';
import type { LossInputs } from '../../nn/training/losses.ts';
import type { Said } from './dialogue.ts';

/** Of a row: two dialogues, one after another, so that every place of the longest single one is trained. */
export const POSITIONS = 32;

/** Rows as training reads them: the model's own turns bear the loss, and what does not fit is cut off. */
export function rowsOf(rows: readonly (readonly Said[])[]): LossInputs {
  const [B, T] = [rows.length, POSITIONS];
  const each = (at: number, value: (said: Said) => number): number[] =>
    rows.flatMap((row) => Array.from({ length: T }, (_, t) => (row[t + at] ? value(row[t + at]!) : 0)));
  return languageModelInputs({
    ...{ B, T },
    tokens: Int32Array.from(each(0, ({ token }) => token)),
    targets: Int32Array.from(each(1, ({ token }) => token)),
    weights: Float32Array.from(each(1, ({ isOwn }) => Number(isOwn))),
  });
}
