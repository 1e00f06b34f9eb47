import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import { TRACE_BACKEND } from '../../src/engine/trace/backend.ts';
import { record } from '../../src/engine/trace/index.ts';
import { below, difference, drawArgs, evaluate, normal, positive } from './compare.ts';
import type { Case } from './compare.ts';

const onnx = await createEngine({ backend: 'onnx', threads: 1 });
const cpu = await createEngine({ backend: 'cpu' });
/** WebGPU's forms of kernels are of the standard: the CPU runs them as well. */
const forms = await createEngine({ backend: 'onnx', threads: 1, target: 'webgpu' });
afterAll(async () => {
  await onnx.dispose();
  await cpu.dispose();
  await forms.dispose();
});

const A = normal(3, 4);
/** Plain, broadcast both ways, scalar, and against constants on either side (the tracer folds those). */
const binary = (op: (a: Tensor, b: Tensor) => Tensor, gradient = true, arg = normal): Case[] => [
  { args: [arg(3, 4), arg(3, 4)], f: op, gradient },
  { args: [arg(2, 3, 4), arg(4)], f: op, gradient },
  { args: [arg(3, 1), arg(1, 4)], f: op, gradient },
  { args: [arg(), arg(2, 2)], f: op, gradient },
  ...[0, 1, 2, 3].flatMap((c): Case[] => [
    { args: [arg(3, 4)], f: (x) => op(x, tf.scalar(c)), gradient: gradient && c > 0 },
    { args: [arg(3, 4)], f: (x) => op(tf.scalar(c), x), gradient: gradient && c > 0 },
    { args: [arg(4)], f: (x) => op(x, tf.fill([2, 4], c)), gradient: gradient && c > 0 },
  ]),
];
const compared = (op: (a: Tensor, b: Tensor) => Tensor): Case[] => [
  ...binary(op, false),
  { args: [below(3, 20), below(3, 20)], f: op },
  { args: [below(3, 20)], f: (x) => op(x, tf.scalar(1, 'int32')) },
];
const arithmetic = (op: (a: Tensor, b: Tensor) => Tensor): Case[] => [
  ...binary(op),
  { args: [below(9, 20), below(9, 20)], f: op },
  { args: [normal(20), below(9, 20)], f: op },
];
const unary = (op: (x: Tensor) => Tensor, arg = normal, gradient = true): Case[] => [
  { args: [arg(3, 4)], f: op, gradient },
  { args: [arg()], f: op, gradient },
  { args: [arg(2, 3)], f: () => op(tf.fill([2, 2], 0.5)) },
];
const reduction = (op: (x: Tensor, axis?: number | number[], keep?: boolean) => Tensor, gradient = true): Case[] => [
  { args: [A], f: (x) => op(x), gradient },
  { args: [A], f: (x) => op(x, 0), gradient },
  { args: [A], f: (x) => op(x, -1, true), gradient },
  { args: [normal(2, 3, 4)], f: (x) => op(x, [0, 2]), gradient },
  { args: [normal(2, 3, 4)], f: (x) => op(x, 1), gradient },
  { args: [normal()], f: (x) => op(x), gradient },
  { args: [below(9, 3, 4)], f: (x) => op(x, 1) },
];
const bools = (x: Tensor): Tensor => tf.greater(x, 0);
const run = (name: string, inputs: Record<string, Tensor>, attrs: Record<string, number | boolean> = {}) =>
  tf.engine().runKernel<Tensor | Tensor[]>(name, inputs, attrs);

const CASES: Readonly<Record<string, readonly Case[]>> = {
  Add: arithmetic(tf.add),
  Sub: arithmetic(tf.sub),
  Multiply: arithmetic(tf.mul),
  RealDiv: [...binary((a, b) => tf.div(a, b), true, positive), { args: [below(9, 9)], f: (x) => tf.div(x, 2.5) }],
  Pow: binary(tf.pow, true, positive),
  // tfjs's gradient of these two does not broadcast
  Maximum: [...binary(tf.maximum, false), { args: [A, A], f: tf.maximum, gradient: true }],
  Minimum: [...binary(tf.minimum, false), { args: [A, A], f: tf.minimum, gradient: true }],
  Equal: compared(tf.equal),
  NotEqual: compared(tf.notEqual),
  Greater: compared(tf.greater),
  GreaterEqual: compared(tf.greaterEqual),
  Less: compared(tf.less),
  LessEqual: compared(tf.lessEqual),
  LogicalAnd: [{ args: [normal(30), normal(30)], f: (a, b) => tf.logicalAnd(bools(a), bools(b)) }],
  LogicalOr: [{ args: [normal(30), normal(30)], f: (a, b) => tf.logicalOr(bools(a), bools(b)) }],
  LogicalNot: [{ args: [normal(30)], f: (x) => tf.logicalNot(bools(x)) }],
  Abs: [...unary(tf.abs), { args: [below(9, 9)], f: (x) => tf.abs(tf.sub(x, tf.scalar(5, 'int32'))) }],
  Cos: unary(tf.cos),
  Erf: unary(tf.erf),
  Exp: unary(tf.exp),
  Floor: unary(tf.floor, normal, false),
  Log: unary(tf.log, positive),
  Neg: unary(tf.neg),
  Reciprocal: unary(tf.reciprocal, positive),
  Relu: unary(tf.relu),
  Sigmoid: unary(tf.sigmoid),
  Sign: unary(tf.sign, normal, false),
  Sin: unary(tf.sin),
  Softplus: unary(tf.softplus),
  Sqrt: unary(tf.sqrt, positive),
  Step: [...unary((x) => tf.step(x), normal, false), { args: [A], f: (x) => tf.step(tf.relu(x), 0.3) }],
  Tanh: unary(tf.tanh),
  Rsqrt: unary(tf.rsqrt, positive),
  Square: unary(tf.square),
  Identity: unary((x) => tf.clone(x)),
  ZerosLike: [...unary(tf.zerosLike, normal, false), { args: [below(5, 4)], f: tf.zerosLike }],
  OnesLike: [...unary(tf.onesLike, normal, false), { args: [below(5, 4)], f: tf.onesLike }],
  Fill: [
    { args: [A], f: (x) => tf.add(x, tf.fill([3, 4], 1.5)), gradient: true },
    { args: [], f: () => tf.fill([2, 3], 7, 'int32') },
    { args: [A], f: (x) => tf.matMul(x, tf.fill([4, 2], 1)), gradient: true },
  ],
  Cast: [
    { args: [normal(40)], f: (x) => tf.cast(tf.mul(x, 3), 'int32') },
    { args: [normal(40)], f: (x) => tf.cast(x, 'bool') },
    { args: [below(3, 40)], f: (x) => tf.cast(x, 'float32') },
    { args: [below(3, 40)], f: (x) => tf.cast(x, 'bool') },
    { args: [normal(40)], f: (x) => tf.cast(bools(x), 'float32') },
    ...[0, 0.5, -1.5, 2].flatMap((c): Case[] => [
      { args: [], f: () => tf.cast(tf.fill([3], c), 'bool') },
      { args: [], f: () => tf.cast(tf.fill([3], c), 'int32') },
      { args: [], f: () => tf.cast(tf.fill([3], 1, 'int32'), 'float32') },
    ]),
  ],
  ClipByValue: unary((x) => tf.clipByValue(x, -0.5, 0.7)),
  Select: [
    { args: [below(2, 3, 4), A, A], f: (c, a, b) => tf.where(bools(c), a!, b!), gradient: true },
    { args: [A, normal(4)], f: (c, a) => tf.where(bools(c), a, tf.zerosLike(c)) },
    { args: [A], f: (c) => tf.where(bools(c), tf.fill([3, 4], 1), tf.fill([3, 4], 2)) },
  ],
  Sum: [...reduction(tf.sum), { args: [normal(4, 5)], f: (x) => tf.sum(bools(x), 1) }],
  Mean: reduction(tf.mean),
  Max: reduction(tf.max),
  Min: reduction(tf.min),
  SumOfSquares: [
    { args: [normal(5, 6)], f: (x) => run('SumOfSquares', { x }), reference: (x) => tf.sum(tf.square(x)) },
  ],
  ArgMax: [
    { args: [normal(5, 6)], f: (x) => tf.argMax(x) },
    { args: [normal(5, 6)], f: (x) => tf.argMax(x, -1) },
    { args: [normal(2, 5, 6)], f: (x) => tf.argMax(x, 1) },
    { args: [below(3, 5, 6)], f: (x) => tf.argMax(x, 1) },
  ],
  Softmax: [
    { args: [normal(5, 6)], f: (x) => tf.softmax(x), gradient: true },
    { args: [normal(2, 2, 5)], f: (x) => tf.softmax(tf.mul(x, 50), -1), gradient: true },
  ],
  LogSoftmax: [
    {
      args: [normal(5, 6)],
      f: (logits) => run('LogSoftmax', { logits }, { axis: -1 }),
      reference: (x) => tf.logSoftmax(x),
    },
    {
      args: [normal(5, 6)],
      f: (logits) => run('LogSoftmax', { logits: tf.mul(logits, 100) }, { axis: 1 }),
      reference: (x) => tf.logSoftmax(tf.mul(x, 100)),
    },
  ],
  BatchMatMul: [
    { args: [normal(3, 4), normal(4, 5)], f: (a, b) => tf.matMul(a, b), gradient: true },
    { args: [normal(3, 4), normal(5, 4)], f: (a, b) => tf.matMul(a, b, false, true), gradient: true },
    { args: [normal(4, 3), normal(4, 5)], f: (a, b) => tf.matMul(a, b, true, false), gradient: true },
    { args: [normal(4, 3), normal(5, 4)], f: (a, b) => tf.matMul(a, b, true, true), gradient: true },
    { args: [normal(2, 3, 4), normal(2, 4, 5)], f: (a, b) => tf.matMul(a, b), gradient: true },
    { args: [normal(2, 4, 3), normal(2, 5, 4)], f: (a, b) => tf.matMul(a, b, true, true), gradient: true },
    { args: [normal(2, 3, 3, 4), normal(2, 3, 5, 4)], f: (a, b) => tf.matMul(a, b, false, true), gradient: true },
    { args: [normal(1, 3, 4), normal(2, 4, 5)], f: (a, b) => tf.matMul(a, b) },
    { args: [normal(3, 1), normal(1, 3)], f: (a, b) => tf.matMul(a, b), gradient: true },
    { args: [normal(2, 3, 4, 1), normal(2, 3, 1, 5)], f: (a, b) => tf.matMul(a, b), gradient: true },
    { args: [normal(2, 3, 1, 5), normal(2, 3, 1, 5)], f: (a, b) => tf.matMul(a, b, false, true), gradient: true },
  ],
  ScaledMatMul: [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ].flatMap(([transposeA = false, transposeB = false]) =>
    [[5, 3], [5, 2, 3], [5], [1, 2, 3]].map(([M = 0, ...batch]): Case => ({
      args: [normal(...batch, ...(transposeA ? [4, M] : [M, 4])), normal(...batch, ...(transposeB ? [6, 4] : [4, 6]))],
      f: (a, b) => run('ScaledMatMul', { a, b }, { transposeA, transposeB, alpha: 0.37 }),
      reference: (a, b) => tf.mul(tf.matMul(a, b, transposeA, transposeB), 0.37),
    })),
  ),
  Linear: [
    {
      args: [normal(5, 4), normal(4, 3), normal(3)],
      f: (x, w, b) => run('Linear', { x, w, b }),
      reference: (x, w, b) => tf.add(tf.matMul(x!, w!), b!),
    },
    {
      args: [normal(5, 4), normal(3, 4), normal(3)],
      f: (x, w, b) => run('Linear', { x, w, b }, { transposeW: true }),
      reference: (x, w, b) => tf.add(tf.matMul(x!, w!, false, true), b!),
    },
  ],
  LayerNorm: [
    {
      args: [normal(5, 8), normal(8), normal(8)],
      f: (x, gain, bias) => run('LayerNorm', { x, gain, bias }, { epsilon: 0.1 }),
      reference: (x, gain, bias) => {
        const { mean, variance } = tf.moments(x!, -1, true);
        const rstd = tf.rsqrt(tf.add(variance, 0.1));
        return [tf.add(tf.mul(tf.mul(tf.sub(x!, mean), rstd), gain!), bias!), mean, rstd];
      },
    },
  ],
  GeluNew: [
    {
      args: [normal(40)],
      f: (x) => run('GeluNew', { x }),
      reference: (x) => {
        const u = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x!, tf.mul(0.044715, tf.pow(x!, 3))));
        return tf.mul(tf.mul(0.5, x!), tf.add(1, tf.tanh(u)));
      },
    },
  ],
  AddN: [
    { args: [A, A, A], f: (...xs) => tf.addN(xs), gradient: true },
    { args: [A], f: (x) => tf.addN([x]) },
  ],
  Reshape: [
    { args: [A], f: (x) => tf.reshape(x, [2, -1]), gradient: true },
    { args: [A], f: (x) => tf.add(tf.reshape(tf.fill([12], 3), [3, 4]), x), gradient: true },
    { args: [normal(1)], f: (x) => tf.reshape(x, []), gradient: true },
  ],
  ExpandDims: [0, 1, -1].map((axis) => ({ args: [A], f: (x) => tf.expandDims(x, axis), gradient: true })),
  Transpose: [
    { args: [A], f: (x) => tf.transpose(x), gradient: true },
    { args: [normal(2, 3, 4)], f: (x) => tf.transpose(x, [2, 0, 1]), gradient: true },
    { args: [normal(3, 1, 4, 5)], f: (x) => tf.transpose(x, [0, 2, 1, 3]), gradient: true },
    { args: [normal(1, 3, 4)], f: (x) => tf.transpose(x, [2, 0, 1]), gradient: true },
  ],
  Slice: [
    { args: [normal(5, 6)], f: (x) => tf.slice(x, [1, 2], [3, -1]), gradient: true },
    { args: [normal(5, 6)], f: (x) => tf.slice(x, 2), gradient: true },
    { args: [normal(5, 6)], f: (x) => tf.slice(x, [0, 0], [5, 6]), gradient: true },
  ],
  PadV2: [
    {
      args: [A],
      f: (x) =>
        tf.pad(x, [
          [1, 0],
          [2, 3],
        ]),
      gradient: true,
    },
    { args: [below(5, 3)], f: (x) => tf.pad(x, [[1, 2]], 9) },
  ],
  Concat: [
    { args: [A, normal(3, 2), normal(3, 1)], f: (...xs) => tf.concat(xs, 1), gradient: true },
    { args: [A, normal(2, 4)], f: (...xs) => tf.concat(xs, -2), gradient: true },
    { args: [below(4, 3), below(4, 2)], f: (...xs) => tf.concat(xs) },
  ],
  SplitV: [
    { args: [normal(6, 4)], f: (x) => tf.split(x, 3, 0), gradient: true },
    { args: [normal(2, 6)], f: (x) => tf.split(x, [1, 3, 2], -1), gradient: true },
    { args: [normal(2, 6)], f: (x) => tf.split(x, [1, -1, 2], 1) },
    { args: [normal(2, 12)], f: (x) => tf.split(x, [1, 3, 2, 1, 4, 1], -1), gradient: true },
  ],
  Tile: [{ args: [A], f: (x) => tf.tile(x, [2, 3]), gradient: true }],
  GatherV2: [
    { args: [normal(7, 4), below(7, 9)], f: (x, i) => tf.gather(x, i!), gradient: true },
    { args: [normal(7, 4), below(7, 2, 3)], f: (x, i) => tf.gather(x, i!), gradient: true },
    { args: [normal(3, 7), below(7, 5)], f: (x, i) => tf.gather(x, i!, 1), gradient: true },
    { args: [normal(3, 7), below(7, 5)], f: (x, i) => tf.gather(x, i!, -1) },
    { args: [below(9, 7), below(7, 5)], f: (x, i) => tf.gather(x, i!) },
  ],
  GatherNd: [
    { args: [normal(3, 4), below(3, 5, 2)], f: (x, i) => tf.gatherND(x, i!) },
    { args: [normal(3, 4), below(3, 5, 1)], f: (x, i) => tf.gatherND(x, i!) },
  ],
  TensorScatterUpdate: [
    {
      args: [normal(3, 4), normal(2)],
      f: (x, v) => tf.tensorScatterUpdate(x, tf.tensor2d([0, 1, 2, 3], [2, 2], 'int32'), v!),
    },
    {
      args: [normal(3, 4), normal(2, 4)],
      f: (x, v) => tf.tensorScatterUpdate(x, tf.tensor2d([2, 0], [2, 1], 'int32'), v!),
    },
  ],
  UnsortedSegmentSum: [
    { args: [normal(6, 3), below(4, 6)], f: (x, i) => tf.unsortedSegmentSum(x, i as tf.Tensor1D, 4), gradient: true },
    { args: [normal(6), below(4, 6)], f: (x, i) => tf.unsortedSegmentSum(x, i as tf.Tensor1D, 5) },
  ],
  OneHot: [
    { args: [below(5, 7)], f: (i) => tf.oneHot(i, 5) },
    { args: [below(7, 2, 3)], f: (i) => tf.oneHot(i, 5, 2, -1, 'float32') },
  ],
};

const registered = tf.getKernelsForBackend(TRACE_BACKEND).map(({ kernelName }) => kernelName);

it('every kernel of the tracer has a case here', () => {
  expect(registered.length).toBeGreaterThan(40);
  expect(registered.filter((name) => !CASES[name])).toEqual([]);
});

describe.each(registered)('kernel %s', (name) => {
  it.each((CASES[name] ?? []).map((testCase, i) => [i, testCase] as const))(
    'traced = tfjs cpu, case %i',
    async (i, testCase) => {
      const expected = await evaluate(cpu, `${name} ${i}`, testCase, testCase.reference ?? testCase.f);
      for (const engine of [onnx, forms]) {
        const spy = vi.spyOn(tf.getKernel(name, TRACE_BACKEND), 'kernelFunc');
        const traced = await evaluate(engine, `${name} ${i}`, testCase, testCase.f);
        expect(spy, `the case does not reach the kernel ${name}`).toHaveBeenCalled();
        spy.mockRestore();
        expect(traced.shapes).toEqual(expected.shapes);
        expect(traced.dtypes).toEqual(expected.dtypes);
        expect(Object.keys(traced.values)).toEqual(Object.keys(expected.values));
        for (const [key, values] of Object.entries(expected.values)) {
          expect(traced.values[key]!.constructor, key).toBe(values.constructor);
          expect(difference(traced.values[key]!, values), key).toBeLessThan(1e-5);
        }
      }
    },
  );
});

it('sines and cosines for WebGPU are right far from 0, and splits have any number of parts', async () => {
  const at: Case = {
    args: [normal(2000)],
    f: (x) => [tf.sin(tf.mul(x, 1000)), tf.cos(tf.mul(x, 1000)), ...tf.split(x, 40)],
  };
  const [made, right] = [await evaluate(forms, 'far', at, at.f), await evaluate(onnx, 'far', at, at.f)];
  expect(Object.keys(made.values)).toHaveLength(42);
  for (const [key, values] of Object.entries(right.values))
    expect(difference(made.values[key]!, values), key).toBeLessThan(3e-7);
});

it('a graph for WebGPU has only operators that its provider was seen to have kernels for', () => {
  const absent = ['Sin', 'Cos', 'Sign', 'OneHot', 'ScatterElements', 'LogSoftmax', 'Sum', 'ArgMax', 'FusedMatMul'];
  const used = registered.flatMap((name) =>
    (CASES[name] ?? []).flatMap(({ args, f }) => {
      const { specs } = drawArgs(args, name);
      const { graph } = record((_, x) => ({ outputs: outputsOf(f(...Object.values(x))) }), { state: {}, inputs: specs }, name, 'webgpu'); // prettier-ignore
      return graph.nodes.map(({ op }) => op);
    }),
  );
  expect(absent.filter((op) => used.includes(op))).toEqual([]);
});

const outputsOf = (y: Tensor | Tensor[]): Record<string, Tensor> =>
  Object.fromEntries([y].flat().map((part, i) => [`y${i}`, part]));
