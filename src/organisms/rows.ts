import { languageModelInputs } from '../nn/training/losses.ts';
import type { LossInputs } from '../nn/training/losses.ts';

/** A token, and who says it: the model, or who asks and answers it. */
export interface Said {
  readonly token: number;
  readonly isOwn: boolean;
}

export const said = (isOwn: boolean, ...tokens: readonly number[]): Said[] => tokens.map((token) => ({ token, isOwn }));

/** Rows as training reads them, `T` tokens of each: the model's own turns bear the loss, and what does not fit is cut off. */
export function rowsOf(rows: readonly (readonly Said[])[], T: number): LossInputs {
  const B = rows.length;
  const each = (at: number, value: (one: Said) => number): number[] =>
    rows.flatMap((row) => Array.from({ length: T }, (_, t) => (row[t + at] ? value(row[t + at]!) : 0)));
  return languageModelInputs({
    ...{ B, T },
    tokens: Int32Array.from(each(0, ({ token }) => token)),
    targets: Int32Array.from(each(1, ({ token }) => token)),
    weights: Float32Array.from(each(1, ({ isOwn }) => Number(isOwn))),
  });
}
