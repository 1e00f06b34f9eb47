import * as tf from '@tensorflow/tfjs';
import type { Scalar } from '@tensorflow/tfjs';
import type { Engine, Signature, Traceable } from './types.ts';

const PAIR = { shape: [2], dtype: 'float32' } as const;
const SIGNATURE: Signature = { state: { w: PAIR }, inputs: { x: PAIR } };

/** One step of gradient descent on sum((w x)^2), rate 1/8: forward, backward and update as training has them. */
const descend: Traceable = ({ w }, { x }) => {
  const { value, grads } = tf.valueAndGrads((w) => tf.sum(tf.square(tf.mul(w!, x!))) as Scalar)([w!]);
  return { state: { w: tf.sub(w!, tf.div(grads[0]!, 8)) }, outputs: { loss: value } };
};

/**
 * Compiles a tiny program, runs it twice, and compares with what it gives by hand: w [1, 2], x [1, 2] has loss 17, gradient
 * 2 w x^2 = [2, 16], next w [0.75, 0], next loss 0.5625, next w [0.5625, 0]. Exact in float32.
 *
 * @throws Error with both values, where they differ.
 */
export async function selfCheck(engine: Engine): Promise<void> {
  const program = await engine.compile('self-check', descend, SIGNATURE);
  const state = engine.createState({ w: { shape: [2], data: Float32Array.of(1, 2) } });
  try {
    const x = Float32Array.of(1, 2);
    const losses = [(await program.run(state, { x })).loss![0], (await program.run(state, { x })).loss![0]];
    expectEqual('losses', losses, [17, 0.5625]);
    expectEqual('w', [...(await state.read()).w!], [0.5625, 0]);
  } finally {
    state.dispose();
  }
}

function expectEqual(what: string, actual: readonly unknown[], right: readonly number[]): void {
  if (actual.length !== right.length || actual.some((value, i) => value !== right[i]))
    throw new Error(`it computes wrong values: ${what} ${actual.join(', ')}; ${right.join(', ')} would be right`);
}
