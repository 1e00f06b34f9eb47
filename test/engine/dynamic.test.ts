import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import * as ort from '../../src/engine/onnxruntime.ts';
import { describe, expect, it } from 'vitest';
import { serializeWithWeights, traceDynamic } from '../../src/engine/index.ts';
import type { DynamicSignature, Graph } from '../../src/engine/index.ts';

const ASSUMED = [
  { B: 211, T: 223, P: 227 },
  { B: 233, T: 241, P: 251 },
  { B: 269, T: 257, P: 263 },
];
type Inputs = Record<'x' | 'past', Tensor>;
const SIGNATURE: DynamicSignature = {
  state: {},
  inputs: {
    x: { shape: ['B', 'T', 6], dtype: 'float32' },
    past: { shape: ['B', 'P', 6], dtype: 'float32' },
  },
};

const traced = (f: (inputs: Inputs) => Tensor): Graph =>
  traceDynamic((_, inputs) => ({ outputs: { y: f(inputs as Inputs) } }), SIGNATURE, 'f', ASSUMED);

/** Runs the one program at some sizes, and the function itself on tfjs's own backend. */
async function bothAt(f: (inputs: Inputs) => Tensor, [B, T, P]: readonly [number, number, number]) {
  const bytes = Buffer.concat(serializeWithWeights(traced(f), 'f', {}));
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const fill = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i + n));
  const [x, past] = [fill(B * T * 6), fill(B * P * 6)];
  const { 'out:y': y } = await session.run({
    'in:x': new ort.Tensor('float32', x, [B, T, 6]),
    'in:past': new ort.Tensor('float32', past, [B, P, 6]),
  });
  await tf.setBackend('cpu');
  const expected = tf.tidy(() => f({ x: tf.tensor3d(x, [B, T, 6]), past: tf.tensor3d(past, [B, P, 6]) }));
  return { found: [y!.dims, [...(y!.data as Float32Array)]], expected: [expected.shape, [...expected.dataSync()]] };
}

const heads = (x: Tensor): Tensor => tf.transpose(tf.reshape(x, [x.shape[0]!, x.shape[1]!, 2, 3]), [0, 2, 1, 3]);

describe('a trace for all sizes', () => {
  const shapes: Readonly<Record<string, (inputs: Inputs) => Tensor>> = {
    'rows, [B T, C]': ({ x }) => tf.reshape(x, [-1, 6]),
    'heads, [B, 2, T, 3]': ({ x }) => heads(x),
    'a factor, [B, 3 T, 2]': ({ x }) => tf.reshape(x, [x.shape[0]!, -1, 2]),
    'two sizes joined and split again': ({ x, past }) => {
      const [before, own] = tf.split(tf.concat([past, x], 1), [past.shape[1]!, x.shape[1]!], 1) as [Tensor, Tensor];
      return tf.sub(tf.sum(own), tf.sum(before));
    },
    'a slice up to a size': ({ x, past }) => tf.slice(tf.concat([past, x], 1), 0, [x.shape[0]!, x.shape[1]!, 6]),
    'a constant spread over sizes': ({ x }) => tf.concat([tf.fill([x.shape[0]!, x.shape[1]!, 6], 2), x], 2),
    tiles: ({ x }) => tf.tile(tf.sum(x, 2, true), [1, 1, 4]),
  };
  it.each(Object.entries(shapes))('%s: is what tfjs makes at each size', async (_, f) => {
    for (const sizes of [
      [2, 5, 3],
      [1, 1, 0],
      [3, 4, 7],
    ] as const) {
      const { found, expected } = await bothAt(f, sizes);
      expect(found[0]).toEqual(expected[0]);
      found[1]!.forEach((value, i) => expect(value).toBeCloseTo(expected[1]![i]!, 5));
    }
  });

  it('says of its inputs and outputs which dimensions are sizes', () => {
    const { inputs, outputs } = traced(({ x, past }) => tf.add(heads(x), tf.mean(heads(past), 2, true)));
    expect(inputs.map(({ shape }) => shape)).toEqual([
      ['B', 'T', 6],
      ['B', 'P', 6],
    ]);
    expect(outputs.map(({ shape }) => shape)).toEqual([['B', 2, 'T', 3]]);
    expect(traced(({ x }) => tf.reshape(x, [-1, 3])).outputs[0]!.shape).toEqual(['2 * B * T', 3]);
  });

  it.each<[string, (inputs: Inputs) => Tensor, RegExp]>([
    [
      'a constant of a size',
      ({ x }) => tf.add(x, tf.tensor1d(Array.from({ length: x.shape[1]! }, (_, t) => t)).reshape([1, -1, 1])),
      /a float32 constant \[223\] depends on them/,
    ],
    [
      'a number that a size went into',
      ({ x }) => tf.mul(x, 1 / x.shape[1]!),
      /a float32 constant \[\] depends on them/,
    ],
    [
      'a sum that no size is',
      ({ x, past }) => tf.reshape(tf.concat([past, x], 1), [-1, x.shape[1]! + past.shape[1]!, 2, 3]),
      /0 products of sizes explain it/,
    ],
    [
      'another way at other sizes',
      ({ x }) => (x.shape[0]! > 250 ? tf.exp(x) : tf.log(x)),
      /is not one program for all sizes: its node 0 is .*Log.*Exp/,
    ],
  ])('%s is refused', (_, f, message) => {
    expect(() => traced(f)).toThrow(message);
  });
});

it('weights are constants of the file, in place and uncopied', async () => {
  const data = Float32Array.of(9, 1, 2, 3, 4).subarray(1);
  const graph = traceDynamic(
    ({ w }, { x }) => ({ outputs: { y: tf.matMul(x!, w!) } }),
    { state: { w: { shape: [2, 2], dtype: 'float32' } }, inputs: { x: { shape: ['N', 2], dtype: 'float32' } } },
    'product',
    [{ N: 101 }, { N: 103 }, { N: 107 }],
  );
  const inputs = graph.inputs.filter(({ name }) => name !== 'state:w');
  const chunks = serializeWithWeights({ ...graph, inputs }, 'product', { 'state:w': { shape: [2, 2], data } });
  expect(chunks.some(({ buffer }) => buffer === data.buffer)).toBe(true);
  const session = await ort.InferenceSession.create(Buffer.concat(chunks), { intraOpNumThreads: 1 });
  const { 'out:y': y } = await session.run({ 'in:x': new ort.Tensor('float32', [1, 10], [1, 2]) });
  expect([...(y!.data as Float32Array)]).toEqual([31, 42]);
});
