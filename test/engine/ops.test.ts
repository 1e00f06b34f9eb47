import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import * as ops from '../../src/engine/ops.ts';
import { below, difference, drawArgs, evaluate, normal, positive, weighted } from './compare.ts';
import type { Case } from './compare.ts';

const onnx = await createEngine({ backend: 'onnx', threads: 1 });
const cpu = await createEngine({ backend: 'cpu' });
afterAll(async () => {
  await onnx.dispose();
  await cpu.dispose();
});

type OpCase = Case & Required<Pick<Case, 'reference'>>;
const gradient = true;
const oneHot = (targets: Tensor, V: number): Tensor => tf.oneHot(targets, V, 1, 0, 'float32');

/** Cosine and sine of angles, another one for every row, place and pair: [2, 1, 5, pairs] each. */
function circle(pairs: number): [Tensor, Tensor] {
  const angles = tf.reshape(tf.tensor1d(Array.from({ length: 10 * pairs }, (_, i) => 0.7 * i)), [2, 1, 5, pairs]);
  return [tf.cos(angles), tf.sin(angles)];
}

/** [1, 1, 5, 6]: 0 for the keys a query sees, far below elsewhere. */
const hidden = (): Tensor =>
  tf.tensor4d(
    Float32Array.from({ length: 30 }, (_, i) => (i % 6 > 1 + Math.floor(i / 6) ? -1e9 : 0)),
    [1, 1, 5, 6],
  );

/** Each op as ops.ts writes it, and in tfjs's own ops with tfjs's own gradients. */
const CASES: Readonly<Record<keyof typeof ops, OpCase> & Record<string, OpCase>> = {
  linear: {
    args: [normal(5, 4), normal(4, 3), normal(3)],
    f: (x, w, b) => ops.linear(x!, w!, b!),
    reference: (x, w, b) => tf.add(tf.matMul(x!, w!), b!),
    gradient,
  },
  'linear, transposed': {
    args: [normal(5, 4), normal(3, 4), normal(3)],
    f: (x, w, b) => ops.linear(x!, w!, b!, true),
    reference: (x, w, b) => tf.add(tf.matMul(x!, w!, false, true), b!),
    gradient,
  },
  layerNorm: {
    args: [normal(5, 8), normal(8), normal(8)],
    f: (x, gain, bias) => ops.layerNorm(x!, gain!, bias!, 0.1),
    reference(x, gain, bias) {
      const centered = tf.sub(x!, tf.mean(x!, 1, true));
      const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centered), 1, true), 0.1));
      return tf.add(tf.mul(tf.div(centered, deviation), gain!), bias!);
    },
    gradient,
  },
  geluNew: {
    args: [normal(6, 5)],
    f: (x) => ops.geluNew(tf.mul(x!, 2)),
    reference(x) {
      const y = tf.mul(x!, 2);
      const cubic = tf.mul(tf.mul(tf.square(y), y), 0.044715);
      return tf.mul(tf.mul(y, 0.5), tf.add(tf.tanh(tf.mul(tf.add(y, cubic), Math.sqrt(2 / Math.PI))), 1));
    },
    gradient,
  },
  relu2: {
    // both signs, but none near 0, where the slope has a kink
    args: [positive(2, 15)],
    f: (x) => ops.relu2(tf.mul(x!, tf.tensor2d([[2], [-2]]))),
    reference: (x) => tf.mul(tf.square(x!), tf.tensor2d([[4], [0]])),
    gradient,
  },
  gelu: {
    args: [normal(6, 5)],
    f: (x) => ops.gelu(tf.mul(x!, 2)),
    reference(x) {
      const y = tf.mul(x!, 2);
      return tf.mul(tf.div(y, 2), tf.add(tf.erf(tf.div(y, Math.SQRT2)), 1));
    },
    gradient,
  },
  silu: {
    args: [normal(6, 5)],
    f: (x) => ops.silu(tf.mul(x!, 2)),
    reference(x) {
      const y = tf.mul(x!, 2);
      return tf.div(y, tf.add(tf.exp(tf.neg(y)), 1));
    },
    gradient,
  },
  detached: {
    args: [normal(5, 4)],
    f: (x) => tf.add(tf.mul(x!, 2), ops.detached(x!)),
    // what is rounded down has no slope, and here hardly another value
    reference: (x) => tf.add(tf.mul(x!, 2), tf.div(tf.floor(tf.mul(x!, 2 ** 20)), 2 ** 20)),
    gradient,
  },
  rmsNorm: {
    args: [normal(5, 8), normal(8)],
    f: (x, gain) => ops.rmsNorm(x!, gain!, 0.1),
    reference: (x, gain) => tf.mul(tf.div(x!, tf.sqrt(tf.add(tf.mean(tf.square(x!), 1, true), 0.1))), gain!),
    gradient,
  },
  rotate: {
    args: [normal(2, 3, 5, 6)],
    f: (x) => ops.rotate(x!, ...circle(2)),
    // pair (i, i + 2) of the first 4 elements as one complex number, element by element
    reference(x) {
      const [cos, sin] = circle(2);
      const [a, b, c, d, e, f] = tf.split(x!, 6, 3);
      const at = (of: Tensor, i: number): Tensor => tf.slice(of, [0, 0, 0, i], [2, 1, 5, 1]);
      const real = (u: Tensor, v: Tensor, i: number): Tensor => tf.sub(tf.mul(u, at(cos, i)), tf.mul(v, at(sin, i)));
      const imaginary = (u: Tensor, v: Tensor, i: number): Tensor =>
        tf.add(tf.mul(u, at(sin, i)), tf.mul(v, at(cos, i)));
      return tf.concat([real(a!, c!, 0), real(b!, d!, 1), imaginary(a!, c!, 0), imaginary(b!, d!, 1), e!, f!], 3);
    },
    gradient,
  },
  'rotate, whole heads': {
    args: [normal(2, 3, 5, 4)],
    f: (x) => ops.rotate(x!, ...circle(2)),
    reference: (x) => tf.slice(ops.rotate(tf.pad(x!, [[0, 0], [0, 0], [0, 0], [0, 1]]), ...circle(2)), 0, [2, 3, 5, 4]), // prettier-ignore
    gradient,
  },
  attentionScores: {
    args: [normal(2, 3, 5, 4), normal(2, 3, 6, 4)],
    f: (q, k) => ops.attentionScores(q!, k!),
    reference: (q, k) => tf.mul(tf.matMul(q!, k!, false, true), 0.5),
    gradient,
  },
  mixValues: {
    args: [normal(2, 3, 5, 6), normal(2, 3, 6, 4)],
    f: (pattern, value) => ops.mixValues(pattern!, value!),
    reference: (pattern, value) => tf.matMul(pattern!, value!),
    gradient,
  },
  attend: {
    args: [normal(1, 2, 5, 4), normal(1, 2, 6, 4), normal(1, 2, 6, 4)],
    // of each query, another two or more of the keys
    f: (q, k, v) => ops.attend(q!, k!, v!, hidden()),
    reference(q, k, v) {
      const scores = tf.add(tf.mul(tf.matMul(q!, k!, false, true), 0.5), hidden());
      return tf.matMul(tf.softmax(scores), v!);
    },
    gradient,
  },
  softmax: {
    args: [normal(2, 3, 7)],
    f: (x) => ops.softmax(x!),
    reference(x) {
      const e = tf.exp(x!);
      return tf.div(e, tf.sum(e, -1, true));
    },
    gradient,
  },
  logSoftmax: {
    args: [normal(4, 7)],
    f: (x) => ops.logSoftmax(x!),
    reference: (x) => tf.sub(x!, tf.logSumExp(x!, -1, true)),
  },
  targetLogProbs: {
    args: [normal(6, 7), below(7, 6)],
    f: (logits, targets) => ops.targetLogProbs(logits!, targets!),
    reference: (logits, targets) => tf.sum(tf.mul(tf.logSoftmax(logits!), oneHot(targets!, 7)), -1),
    gradient,
  },
  crossEntropy: {
    args: [normal(6, 7), below(7, 6)],
    // one row without weight, one with twice the weight
    f: (logits, targets) => ops.crossEntropy(logits!, targets!, tf.tensor1d([1, 0, 2, 1, 0.5, 1])),
    reference(logits, targets) {
      const logP = tf.sum(tf.mul(tf.logSoftmax(logits!), oneHot(targets!, 7)), -1);
      return tf.neg(tf.sum(tf.mul(logP, tf.tensor1d([1, 0, 2, 1, 0.5, 1]))));
    },
    gradient,
  },
  sumOfSquares: {
    args: [normal(5, 6)],
    f: (x) => ops.sumOfSquares(x!),
    reference: (x) => tf.sum(tf.square(x!)),
  },
};

it('every op of ops.ts has a case here', () => {
  expect(Object.keys(ops).filter((name) => !Object.hasOwn(CASES, name))).toEqual([]);
});

describe.each(Object.entries(CASES))('%s', (name, testCase) => {
  it.each([
    ['traced', onnx],
    ['on the cpu backend', cpu],
  ])('%s: value and gradient as in plain ops', async (_, engine) => {
    const expected = await evaluate(cpu, `${name} plain`, testCase, testCase.reference);
    const actual = await evaluate(engine, name, testCase, testCase.f);
    expect(Object.keys(actual.values)).toEqual(Object.keys(expected.values));
    for (const [key, values] of Object.entries(expected.values))
      expect(difference(actual.values[key]!, values), key).toBeLessThan(1e-5);
  });

  // detached lies about its gradient: that is what it is for
  it.runIf(testCase.gradient && name !== 'detached')('the gradient is that of finite differences', async () => {
    const { values } = await evaluate(cpu, `${name} for differences`, testCase, testCase.f);
    const drawn = drawArgs(testCase.args, 'args');
    await tf.setBackend('cpu');
    const at = (changed: string, i: number, by: number): number =>
      tf.tidy(() => {
        const xs = testCase.args.map((_, k) => {
          const data = drawn.values[`x${k}`]!.slice();
          if (`x${k}` === changed) data[i]! += by;
          const { shape, dtype } = drawn.specs[`x${k}`]!;
          return tf.tensor(data, [...shape], dtype);
        });
        return weighted(testCase.f(...xs)).dataSync()[0]!;
      });
    const h = 1e-2;
    for (const [key, gradients] of Object.entries(values).filter(([key]) => key.startsWith('d')))
      for (const i of gradients.keys()) {
        const slope = (at(key.replace('d', 'x'), i, h) - at(key.replace('d', 'x'), i, -h)) / (2 * h);
        expect(Math.abs(gradients[i]! - slope) / (1 + Math.abs(slope)), `${key}[${i}]`).toBeLessThan(2e-3);
      }
  });
});

it('softmax and cross-entropy stay finite for large logits', async () => {
  const big: Case = { args: [normal(4, 6)], f: (x) => ops.softmax(tf.mul(x!, 1e4)), gradient: true };
  const loss: Case = {
    args: [normal(4, 6)],
    f: (x) => ops.crossEntropy(tf.mul(x!, 1e4), tf.tensor1d([0, 1, 2, 3], 'int32'), tf.ones([4])),
    gradient: true,
  };
  for (const engine of [onnx, cpu])
    for (const [i, testCase] of [big, loss].entries()) {
      const { values } = await evaluate(engine, `big ${i}`, testCase, testCase.f);
      for (const [key, data] of Object.entries(values)) expect(data.every(Number.isFinite), key).toBe(true);
    }
});
