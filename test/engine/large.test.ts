import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine, isLarge } from '../../src/engine/index.ts';

const engine = await createEngine({ backend: 'onnx', threads: 1 });
const x = Float32Array.of(1, 2, 3, 4);
afterAll(() => engine.dispose());

describe('a large state', () => {
  it('is one of 32 Mi numbers and more', () => {
    expect(isLarge({ w: { shape: [2 ** 12, 2 ** 12] }, b: { shape: [2 ** 24 - 1] } })).toBe(false);
    expect(isLarge({ w: { shape: [2 ** 12, 2 ** 12] }, b: { shape: [2 ** 24] } })).toBe(true);
  });

  it('has programs that compute the same', async () => {
    const w = { shape: [2 ** 23, 4], data: new Float32Array(2 ** 25).map((_, i) => (i % 7) - 3) };
    const state = engine.createState({ w });
    const program = await engine.compile(
      'large',
      (s, inputs) => {
        const rows = tf.reshape(tf.slice(s.w!, [1, 0], [4, 4]), [4, 4]);
        const y = tf.softmax(tf.reshape(tf.matMul(rows, tf.reshape(inputs.x!, [4, 1])), [4]));
        return { outputs: { y: tf.mul(tf.add(y, 1), 2) } };
      },
      { state: state.specs, inputs: { x: { shape: [4], dtype: 'float32' } } },
    );
    const { y } = await program.run(state, { x });
    const products = [1, 2, 3, 4].map((row) =>
      [...x].reduce((sum, one, i) => sum + one * (((4 * row + i) % 7) - 3), 0),
    );
    const sum = products.reduce((total, one) => total + Math.exp(one), 0);
    products.forEach((one, i) => expect(y![i]).toBeCloseTo(2 * (Math.exp(one) / sum + 1), 5));
    state.dispose();
  });
});
