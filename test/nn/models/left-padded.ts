import * as tf from '@tensorflow/tfjs';
import type { Specs, Traceable, Values } from '../../../src/engine/index.ts';
import { MASKED } from '../../../src/nn/models/attention.ts';
import type { Model } from '../../../src/nn/models/index.ts';

/** Rows padded on the left to the longest, with the positions and the mask that make it as if they were not. */
export function leftPadded(
  model: Model,
  rows: readonly (readonly number[])[],
): { specs: Specs; values: Values; forward: Traceable } {
  const [B, T] = [rows.length, Math.max(...rows.map((row) => row.length))];
  const values = {
    tokens: new Int32Array(B * T),
    positions: new Int32Array(B * T),
    mask: new Float32Array(B * T * T).fill(MASKED),
  };
  rows.forEach((row, b) => {
    const start = T - row.length;
    values.tokens.set(row, b * T + start);
    for (let t = start; t < T; t++) {
      values.positions[b * T + t] = t - start;
      values.mask.fill(0, (b * T + t) * T + start, (b * T + t) * T + t + 1);
    }
  });
  return {
    values,
    specs: {
      tokens: { shape: [B, T], dtype: 'int32' },
      positions: { shape: [B, T], dtype: 'int32' },
      mask: { shape: [B, T, T], dtype: 'float32' },
    },
    forward: (p, { tokens, positions, mask }) => {
      const inputs = { tokens: tokens!, positions: positions!, mask: tf.reshape(mask!, [B, 1, T, T]) };
      return { outputs: { logits: model.logits(p, model.forward(p, inputs).hidden) } };
    },
  };
}
