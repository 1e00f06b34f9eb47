import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { z } from 'zod';
import { attend, layerNorm, relu2 } from '../../engine/ops.ts';
import { normal, one, zero } from '../../nn/models/initial.ts';
import { project } from '../../nn/models/linear.ts';
import type { Model, ParameterTensors } from '../../nn/models/index.ts';
import type { Learner } from './learner.ts';

export const transformerParams = z.strictObject({
  layers: z.int().min(1).max(12).default(2).describe('of attention and MLP'),
  heads: z.int().min(1).max(16).default(2).describe('of attention'),
  headSize: z.int().min(1).max(128).default(16).describe('channels of a head'),
});

/** Where no token may look: far below any score. */
const NEVER = -1e9;

/**
 * A pre-LN transformer with softmax attention over tokens (x, y, 0) of examples and (x, 0, 1) of queries, without positions: the
 * order of examples cannot matter. Everybody attends to the examples; a query beside them to itself alone.
 *
 * Legend: B tasks, N examples, M queries, T = N + M tokens, C channels, H heads, d dimension.
 */
export function transformer(
  dimension: number,
  { layers, heads: H, headSize }: z.output<typeof transformerParams>,
): Learner {
  const C = H * headSize;
  const map = (name: string, input: number, output: number): Model['parameterSpecs'] => ({
    [`${name}.weight`]: { shape: [output, input], init: normal(1 / Math.sqrt(input)) },
    [`${name}.bias`]: { shape: [output], init: zero },
  });
  const norm = (name: string): Model['parameterSpecs'] => ({
    [`${name}.weight`]: { shape: [C], init: one },
    [`${name}.bias`]: { shape: [C], init: zero },
  });
  const block = (l: number): Model['parameterSpecs'] => ({
    ...norm(`${l}.ln_1`),
    ...map(`${l}.qkv`, C, 3 * C),
    ...map(`${l}.out`, C, C),
    ...norm(`${l}.ln_2`),
    ...map(`${l}.up`, C, 4 * C),
    ...map(`${l}.down`, 4 * C, C),
  });
  const blocks = Array.from({ length: layers }, (_, l) => l);
  return {
    key: `regression transformer ${dimension} ${layers} ${H} ${headSize}`,
    parameterSpecs: Object.assign(map('read', dimension + 2, C), ...blocks.map(block), norm('ln'), map('answer', C, 1)),
    predict(p, examples, queries) {
      const [B, N] = examples.shape as [number, number];
      const M = queries.shape[1]!;
      const shown = tf.concat([examples, tf.zeros([B, N, 1])], 2);
      const asked = tf.concat([queries, tf.zeros([B, M, 1]), tf.ones([B, M, 1])], 2);
      let x = project(p, 'read', tf.reshape(tf.concat([shown, asked], 1), [B * (N + M), dimension + 2])); // [B * T, C]
      const mask = maskOf(N, M);
      for (const l of blocks) {
        const attended = attention(p, `${l}.qkv`, normed(p, `${l}.ln_1`, x), [B, N + M, H, headSize], mask);
        x = tf.add(x, project(p, `${l}.out`, attended));
        x = tf.add(x, project(p, `${l}.down`, relu2(project(p, `${l}.up`, normed(p, `${l}.ln_2`, x)))));
      }
      const answers = tf.reshape(project(p, 'answer', normed(p, 'ln', x)), [B, N + M]);
      return tf.slice(answers, [0, N], [B, M]);
    },
  };
}

const normed = (p: ParameterTensors, name: string, x: Tensor): Tensor =>
  layerNorm(x, p[`${name}.weight`]!, p[`${name}.bias`]!);

/** [B * T, C] -> [B * T, C]. */
function attention(
  p: ParameterTensors,
  name: string,
  x: Tensor,
  [B, T, H, D]: readonly [number, number, number, number],
  mask: Tensor,
): Tensor {
  const [q, k, v] = tf
    .split(project(p, name, x), 3, 1)
    .map((part) => tf.transpose(tf.reshape(part, [B, T, H, D]), [0, 2, 1, 3])) as [Tensor, Tensor, Tensor]; // -> [B, H, T, D]
  return tf.reshape(tf.transpose(attend(q, k, v, mask), [0, 2, 1, 3]), [B * T, H * D]);
}

/** [1, 1, T, T]: 0 where a row may look. */
function maskOf(N: number, M: number): Tensor {
  const T = N + M;
  const at = Float32Array.from({ length: T * T }, (_, i) => (i % T < N || i % (T + 1) === 0 ? 0 : NEVER));
  return tf.tensor4d(at, [1, 1, T, T]);
}
