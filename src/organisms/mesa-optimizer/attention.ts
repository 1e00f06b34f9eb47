import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { normal } from '../../nn/models/initial.ts';
import type { Parameters } from '../../nn/models/index.ts';
import type { Learner } from '../regression/learner.ts';

/**
 * One layer of linear self-attention over tokens e = (x, y), the query's being (x, 0): no softmax, no norm, no bias, one head.
 * Its answer is minus what the layer adds to the query's y: -(P sum_i V e_i (K e_i . Q e_query))_y (von Oswald et al. 2023, eq. 1).
 *
 * Legend: B tasks, N examples, T = N + 1 tokens, d dimension, D = d + 1.
 */
export const NAMES = ['query', 'key', 'value', 'projection'] as const;

export function linearAttention(d: number, deviation: number): Learner {
  const D = d + 1;
  const spec = { shape: [D, D], init: normal(deviation) };
  return {
    key: `linear-attention ${d}`,
    parameterSpecs: Object.fromEntries(NAMES.map((name) => [name, spec])),
    predict(p, examples, queries) {
      const [B, N] = examples.shape as [number, number];
      const query = tf.concat([queries, tf.zeros([B, 1])], 1); // [B, D]
      const tokens = tf.reshape(tf.concat([examples, tf.reshape(query, [B, 1, D])], 1), [B * (N + 1), D]);
      const map = (name: string, x: Tensor): Tensor => tf.matMul(x, p[name]!, false, true);
      const [keys, values] = ['key', 'value'].map((name) => tf.reshape(map(name, tokens), [B, N + 1, D]));
      const scores = tf.matMul(keys!, tf.reshape(map('query', query), [B, D, 1])); // [B, T, 1]
      const mixed = tf.reshape(tf.matMul(values!, scores, true), [B, D]);
      return tf.neg(tf.reshape(tf.slice(map('projection', mixed), [0, d], [B, 1]), [B]));
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
