import { sizeOf } from './types.ts';

/** A matrix [R, C] in 8 bits as it lies, and turned; row r stands for `scale[r]` times what is kept of it. */
interface Quantized {
  /** [R, C]. */
  readonly rows: Int8Array;
  /** [C, R]. */
  readonly columns: Int8Array;
  /** [R]. */
  readonly scale: Float32Array;
}

/**
 * Steps on either side of zero. Not 127: a processor without instructions for 8 bits adds pairs of products in 16, cut off at
 * 32767, and 2 * 255 * 64 is less.
 */
const STEPS = 64;

/** Rounded to nearest, the largest of each row to the last step. */
export function quantized({
  shape,
  data,
}: {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}): Quantized {
  const [R = 0, C = 0] = shape;
  const [rows, columns] = [new Int8Array(sizeOf(shape)), new Int8Array(sizeOf(shape))];
  const scale = new Float32Array(R);
  for (let r = 0; r < R; r++) {
    let most = 0;
    for (let c = 0; c < C; c++) most = Math.max(most, Math.abs(data[r * C + c]!));
    scale[r] = most / STEPS;
    const perStep = most > 0 ? STEPS / most : 0;
    for (let c = 0; c < C; c++) rows[r * C + c] = columns[c * R + r] = Math.round(data[r * C + c]! * perStep);
  }
  return { rows, columns, scale };
}

/** The values of a graph that hold a matrix in 8 bits, see `Quantized`. */
export interface QuantizedNames {
  readonly rows: string;
  readonly columns: string;
  readonly scale: string;
}

/** Under which names a program reads a matrix of that name. */
export const quantizedNames = (name: string): QuantizedNames => ({
  rows: `${name} in rows`,
  columns: `${name} in columns`,
  scale: `${name} scale`,
});
