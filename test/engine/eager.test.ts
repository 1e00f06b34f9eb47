import * as tf from '@tensorflow/tfjs';
import { afterAll, expect, it, vi } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import { trainingLeak } from './leak.ts';

const engine = await createEngine({ backend: 'cpu' });
afterAll(() => engine.dispose());

it('a training run leaks no tensor and no byte over 100 steps', async () => {
  const { before, during, after } = await trainingLeak(engine, 100);
  expect(new Set(during.map(({ numTensors }) => numTensors)).size).toBe(1);
  expect(new Set(during.map(({ numBytes }) => numBytes)).size).toBe(1);
  expect(after).toEqual(before);
});

it('waits for the device once a run, however many outputs there are', async () => {
  const spec = { shape: [2], dtype: 'float32' } as const;
  const program = await engine.compile(
    'many',
    (_, { x }) => ({ outputs: { a: tf.neg(x!), b: tf.square(x!), n: tf.argMax(x!), same: x! } }),
    { state: {}, inputs: { x: spec } },
  );
  const pending = { now: 0, most: 0 };
  const data = vi.spyOn(tf.Tensor.prototype, 'data').mockImplementation(async function (this: tf.Tensor) {
    pending.most = Math.max(pending.most, ++pending.now);
    await Promise.resolve();
    pending.now--;
    return this.dataSync() as never;
  });
  const state = engine.createState({});
  const values = await program.run(state, { x: Float32Array.of(1, 3) });
  data.mockRestore();
  expect(pending).toEqual({ now: 0, most: 4 });
  expect(Object.entries(values).map(([name, array]) => [name, [...array]])).toEqual([
    ['a', [-1, -3]],
    ['b', [1, 9]],
    ['n', [1]],
    ['same', [1, 3]],
  ]);
  expect(values.n).toBeInstanceOf(Int32Array);
});

it('frees the outputs also where reading them fails', async () => {
  const program = await engine.compile('lost', () => ({ outputs: { a: tf.scalar(1), b: tf.scalar(2) } }), {
    state: {},
    inputs: {},
  });
  const state = engine.createState({});
  const before = tf.memory().numTensors;
  const data = vi.spyOn(tf.Tensor.prototype, 'data').mockRejectedValue(new Error('the device is gone'));
  await expect(program.run(state, {})).rejects.toThrow('the device is gone');
  data.mockRestore();
  expect(tf.memory().numTensors).toBe(before);
});

it('is called what was chosen', () => expect(engine.backend).toBe('cpu'));
