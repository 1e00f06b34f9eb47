import * as tf from '@tensorflow/tfjs';
import type { DataType, Tensor, Tensor1D } from '@tensorflow/tfjs';
import { onWebgpu, sameShape } from './kernel.ts';

/**
 * What onnxruntime's WebGPU provider has no kernel for, or no good one, in other operations. Without these the graph would
 * leave the device at each of them, and come back.
 */

onWebgpu('AddN', (parts) => parts.reduce((sum, part) => tf.add(sum, part)));

onWebgpu('Sign', ([x]) =>
  tf.sub(tf.cast(tf.greater(x!, zero(x!)), x!.dtype), tf.cast(tf.less(x!, zero(x!)), x!.dtype)),
);

onWebgpu('Abs', ([x]) => (x!.dtype === 'int32' ? tf.mul(x!, tf.sign(x!)) : undefined));

onWebgpu<{ axis: number }>('LogSoftmax', ([x], { axis }) => {
  const shifted = tf.sub(x!, tf.max(x!, axis, true));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axis, true)));
});

/** The first place of the largest value. */
onWebgpu<{ axis?: number }>('ArgMax', ([x], { axis = 0 }) => {
  const at = axis < 0 ? axis + x!.rank : axis;
  const n = x!.shape[at]!;
  const place = tf.reshape(range(n), x!.shape.map((_, i) => (i === at ? n : 1))); // prettier-ignore
  const isLargest = tf.equal(x!, tf.max(x!, at, true));
  const places = tf.where(isLargest, tf.add(tf.zeros(x!.shape), place), tf.fill(x!.shape, n));
  return tf.cast(tf.min(places, at), 'int32');
});

onWebgpu<{ depth: number; onValue: number; offValue: number; dtype: DataType }>('OneHot', ([indices], attrs) => {
  const { depth, onValue, offValue, dtype } = attrs;
  const isHere = tf.equal(tf.expandDims(tf.cast(indices!, 'float32'), -1), range(depth));
  return tf.cast(tf.add(tf.mul(tf.cast(isHere, 'float32'), onValue - offValue), offValue), dtype);
});

/**
 * The gradient of `gather`, as a product with one-hot rows: ScatterElements has no kernel here, and ScatterND adds with
 * atomic operations, in another order each time.
 */
onWebgpu<{ numSegments: number }>('UnsortedSegmentSum', ([x, ids], { numSegments }) => {
  const row = x!.shape.slice(ids!.rank);
  const [N, C] = [ids!.size, row.reduce((n, d) => n * d, 1)];
  const isIn = tf.oneHot(tf.reshape(ids!, [N]) as Tensor1D, numSegments, 1, 0, 'float32'); // [N, numSegments]
  return tf.reshape(tf.matMul(isIn, tf.reshape(x!, [N, C]), true), [numSegments, ...row]);
});

/** A shader may write to few buffers: more parts are cut out one by one. */
const MOST_PARTS = 4;

onWebgpu<{ numOrSizeSplits: number[] | number; axis: number }>('SplitV', ([x], attrs) => {
  const axis = attrs.axis < 0 ? attrs.axis + x!.rank : attrs.axis;
  const sizes = tf.backend_util.prepareSplitSize(x!, attrs.numOrSizeSplits, axis);
  if (sizes.length <= MOST_PARTS) return undefined;
  const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((sum, size) => sum + size, 0));
  const zeros = x!.shape.map(() => 0);
  return sizes.map((size, i) => tf.slice(x!, zeros.with(axis, ends[i]! - size), x!.shape.with(axis, size)));
});

/** Its kernel fails where both sides are broadcast. */
onWebgpu('Pow', ([base, exponent]) => {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(base!.shape, exponent!.shape);
  if (sameShape(shape, base!.shape) || sameShape(shape, exponent!.shape)) return undefined;
  return tf.pow(tf.add(base!, tf.zeros(shape)), exponent!);
});

/**
 * A shader's sine may be wrong by 2^-11, and by anything far from 0; positions turn far. x is brought to [-pi/2, pi/2] by a
 * whole number of half turns, in three parts whose products are exact (Cody & Waite 1980), and a series takes over: 6e-8.
 */
const PI = [3.140625, 9.67502593994140625e-4, 1.509957990978376e-7] as const;
const SERIES = [-1 / 39916800, 1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1];

/** The sine of x + `quarter` pi / 2. */
function sine(x: Tensor, quarter: 0 | 1): Tensor {
  const halfTurns = tf.floor(tf.add(tf.mul(x, 1 / Math.PI), 0.5 + quarter / 2));
  const turned = tf.sub(halfTurns, quarter / 2);
  const r = PI.reduce((rest, part) => tf.sub(rest, tf.mul(turned, part)), x);
  const square = tf.square(r);
  const [first, ...others] = SERIES;
  const series = others.reduce((sum: Tensor, factor) => tf.add(tf.mul(sum, square), factor), tf.fill(x.shape, first!));
  const isOdd = tf.sub(halfTurns, tf.mul(tf.floor(tf.mul(halfTurns, 0.5)), 2));
  return tf.mul(tf.mul(r, series), tf.sub(1, tf.mul(isOdd, 2)));
}
onWebgpu('Sin', ([x]) => sine(x!, 0));
onWebgpu('Cos', ([x]) => sine(x!, 1));

const zero = ({ dtype }: Tensor): Tensor => tf.scalar(0, dtype as 'float32' | 'int32');

/** 0, 1, ... n - 1. */
const range = (n: number): Tensor => tf.tensor1d(Float32Array.from({ length: n }, (_, i) => i));
