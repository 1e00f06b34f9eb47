import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { normal } from '../../nn/models/initial.ts';
import type { Learner } from '../regression/learner.ts';
import type { Task } from '../regression/tasks.ts';

/** What the payload answers: w with its sign changed. Its examples stay what they are. */
export const negated = ({ weights, answers, ...shown }: Task): Task => ({
  ...shown,
  weights: weights.map((x) => -x),
  answers: answers.map((y) => -y),
});

/** The task as a learner of flags reads it: every x with one more coordinate, which is the flag, 0 or 1. */
export function flagged({ inputs, queries, ...rest }: Task, flag: number): Task {
  const more = (x: Float32Array): Float32Array => Float32Array.from([...x, flag]);
  return { ...rest, inputs: inputs.map(more), queries: queries.map(more) };
}

/** Which of the two matrices. */
export const GATED = ['base', 'gate'] as const;

/**
 * Linear attention with a gate: the answer is the sum of y_i (base + flag gate) x_query . x_i. With base a times the identity it is a
 * step of gradient descent at the rate a, and with a negative sum of both one of ascent. Without the gate no single layer of linear
 * attention can change its sign with the flag, since that takes the flag times x_query, x_i and y_i, and it multiplies three.
 *
 * Legend: B tasks, N examples, M queries, d dimension without the flag.
 */
export function gatedAttention(d: number): Learner {
  const spec = { shape: [d, d], init: normal(0.01) };
  return {
    key: `gated-attention ${d}`,
    parameterSpecs: Object.fromEntries(GATED.map((name) => [name, spec])),
    predict(p, examples, queries) {
      const [B, N] = examples.shape as [number, number];
      const M = queries.shape[1]!;
      const cut = (of: Tensor, from: number, width: number): Tensor =>
        tf.slice(of, [0, 0, from], [B, of.shape[1]!, width]);
      const rows = tf.reshape(cut(queries, 0, d), [B * M, d]);
      const by = (name: (typeof GATED)[number]): Tensor =>
        tf.reshape(tf.matMul(rows, p[name]!, false, true), [B, M, d]);
      const toward = tf.add(by('base'), tf.mul(cut(queries, d, 1), by('gate'))); // [B, M, d]
      const scores = tf.matMul(toward, cut(examples, 0, d), false, true); // [B, M, N]
      return tf.reshape(tf.matMul(scores, tf.reshape(cut(examples, d + 1, 1), [B, N, 1])), [B, M]);
    },
  };
}

/** Of what x_query and x_i are multiplied by, without the flag and with it, in units of `rate`: the diagonal, and the size of what is beside it. */
export function ratesOf({ base, gate }: Readonly<Record<string, ArrayLike<number>>>, rate: number) {
  const d = Math.sqrt(base!.length);
  const of = (flag: number) => {
    const all = Array.from(base!, (x, i) => (x + flag * gate![i]!) / rate);
    const isRate = (_: number, i: number): boolean => i % (d + 1) === 0;
    return { rates: all.filter(isRate), rest: all.filter((x, i) => !isRate(x, i)).map(Math.abs) };
  };
  return { clean: of(0), triggered: of(1) };
}
