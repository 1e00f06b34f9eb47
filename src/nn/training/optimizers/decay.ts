import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';

/**
 * Decoupled weight decay (Loshchilov & Hutter 2019), `p (1 - lr weightDecay)`: for matrices only. Biases, gains and
 * other vectors are left alone, as GPT-2 and its descendants do.
 */
export function decaying(lr: Tensor, weightDecay: number): (parameter: Tensor) => Tensor {
  if (weightDecay === 0) return (parameter) => parameter;
  const keep = tf.sub(1, tf.mul(lr, weightDecay));
  return (parameter) => (parameter.rank >= 2 ? tf.mul(parameter, keep) : parameter);
}

/** `a` moved towards `b`: (1 - share) a + share b. */
export const blend = (a: Tensor, b: Tensor, share: number): Tensor => tf.add(tf.mul(a, 1 - share), tf.mul(b, share));
