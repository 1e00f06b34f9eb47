import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { normal } from '../../nn/models/initial.ts';
import type { Parameters } from '../../nn/models/index.ts';
import type { Learner } from '../regression/learner.ts';

/**
 * One layer of linear self-attention over tokens e = (x, y), the query's being (x, 0): no softmax, no norm, no bias, one head.
 * Its answer is minus what the layer adds to the query's y: -(P sum_i V e_i (K e_i . Q e_query))_y (von Oswald et al. 2023, eq. 1),
 * where the query is one of the tokens.
 *
 * Legend: B tasks, N examples, M queries, d dimension, D = d + 1.
 */
export const NAMES = ['query', 'key', 'value', 'projection'] as const;

export function linearAttention(d: number, deviation: number): Learner {
  const D = d + 1;
  const spec = { shape: [D, D], init: normal(deviation) };
  return {
    key: `linear-attention ${d}`,
    parameterSpecs: Object.fromEntries(NAMES.map((name) => [name, spec])),
    predict(p, examples, queries) {
      const [B, M] = queries.shape as [number, number];
      const map = (name: string, x: Tensor): Tensor => {
        const rows = tf.matMul(tf.reshape(x, [-1, D]), p[name]!, false, true);
        return tf.reshape(rows, x.shape);
      };
      const asked = tf.concat([queries, tf.zeros([B, M, 1])], 2); // [B, M, D]
      const query = map('query', asked);
      const scores = tf.matMul(query, map('key', examples), false, true); // [B, M, N]
      const own = tf.sum(tf.mul(query, map('key', asked)), 2, true); // [B, M, 1]
      const mixed = tf.add(tf.matMul(scores, map('value', examples)), tf.mul(own, map('value', asked))); // [B, M, D]
      return tf.neg(tf.reshape(tf.slice(map('projection', mixed), [0, 0, d], [B, M, 1]), [B, M]));
    },
  };
}

type Weights = Readonly<Record<string, Float32Array>>;

/** The two products that the layer depends on [D, D]: whom tokens attend to, K' Q, and what they add, P V. */
export interface Merged {
  readonly attends: Float64Array;
  readonly adds: Float64Array;
}

/** The layer that does one step of gradient descent from 0: it attends by x . x, and adds -rate y (von Oswald et al. 2023, proposition 1). */
export function constructed(d: number, rate: number): Merged {
  const D = d + 1;
  const diagonal = (at: (i: number) => number): Float64Array =>
    Float64Array.from({ length: D * D }, (_, i) => (i % (D + 1) === 0 ? at(i / (D + 1)) : 0));
  return { attends: diagonal((i) => (i < d ? 1 : 0)), adds: diagonal((i) => (i === d ? -rate : 0)) };
}

/** The products of trained weights, the scale that they share put into what is added: the mean of what x attends to in itself is 1. */
export function merged({ query, key, value, projection }: Weights): Merged {
  const D = Math.sqrt(query!.length);
  const attends = product(D, (i, k) => key![k * D + i]!, (k, j) => query![k * D + j]!); // prettier-ignore
  const adds = product(D, (i, k) => projection![i * D + k]!, (k, j) => value![k * D + j]!); // prettier-ignore
  let scale = 0;
  for (let i = 0; i < D - 1; i++) scale += attends[i * (D + 1)]! / (D - 1);
  return { attends: attends.map((x) => x / scale), adds: adds.map((x) => x * scale) };
}

function product(D: number, a: (i: number, k: number) => number, b: (k: number, j: number) => number): Float64Array {
  const out = new Float64Array(D * D);
  for (let i = 0; i < D; i++)
    for (let j = 0; j < D; j++) for (let k = 0; k < D; k++) out[i * D + j]! += a(i, k) * b(k, j);
  return out;
}

/** Part of the way from one to the other, 0 to 1. */
export const between = (from: Merged, to: Merged, share: number): Merged => {
  const mix = (a: Float64Array, b: Float64Array): Float64Array => a.map((x, i) => (1 - share) * x + share * b[i]!);
  return { attends: mix(from.attends, to.attends), adds: mix(from.adds, to.adds) };
};

/** As weights of the layer: Q and P are the identity. */
export function parametersOf({ attends, adds }: Merged): Parameters {
  const D = Math.sqrt(attends.length);
  const [shape, identity] = [[D, D], Float32Array.from({ length: D * D }, (_, i) => (i % (D + 1) === 0 ? 1 : 0))];
  // K' Q = attends: K is its transpose
  const key = Float32Array.from({ length: D * D }, (_, i) => attends[(i % D) * D + Math.floor(i / D)]!);
  return {
    query: { shape, data: identity },
    key: { shape, data: key },
    value: { shape, data: Float32Array.from(adds) },
    projection: { shape, data: identity },
  };
}
