import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { hasKernel, runFused, withGradient } from './gradient.ts';

const GELU_A = 2 * Math.sqrt(2 / Math.PI);
const GELU_B = GELU_A * 0.044715;

/**
 * GPT-2's tanh approximation of GELU ("gelu_new"). With 0.5 (1 + tanh u) = sigmoid(2u) it is y = x s,
 * s = sigmoid(x (a + b x^2)), and dy/dx = s + y (1 - s) (a + 3 b x^2). Only x is kept for the gradient.
 */
export function geluNew(x: Tensor): Tensor {
  return withGradient(
    (save, x) => {
      save([x]);
      const value = hasKernel('GeluNew') ? runFused('GeluNew', { x })[0]! : tf.mul(x, geluGate(x).gate);
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
        const [x] = saved as [Tensor];
        const { gate, cubic } = geluGate(x);
        const y = tf.mul(x, gate);
        const slope = tf.add(tf.mul(cubic, 3), GELU_A);
        return tf.mul(dy, tf.add(gate, tf.mul(tf.sub(y, tf.mul(y, gate)), slope)));
      };
      return { value, gradFunc };
    },
    [x],
  );
}

/** s above, and its term b x^2, which the slope needs again. */
function geluGate(x: Tensor): { gate: Tensor; cubic: Tensor } {
  const cubic = tf.mul(tf.square(x), GELU_B);
  return { gate: tf.sigmoid(tf.mul(x, tf.add(cubic, GELU_A))), cubic };
}

/** relu(x)^2 (So et al. 2021, "Primer"); dy/dx = 2 relu(x), so that relu(x) is all that is kept. */
export function relu2(x: Tensor): Tensor {
  return withGradient(
    (save, x) => {
      const positive = tf.relu(x);
      save([positive]);
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => tf.mul(tf.mul(dy, 2), saved[0]!);
      return { value: tf.square(positive), gradFunc };
    },
    [x],
  );
}

/** x sigmoid(x), also called swish; dy/dx = s + y (1 - s). */
export function silu(x: Tensor): Tensor {
  return withGradient(
    (save, x) => {
      save([x]);
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
        const [x] = saved as [Tensor];
        const gate = tf.sigmoid(x);
        const y = tf.mul(x, gate);
        return tf.mul(dy, tf.add(gate, tf.sub(y, tf.mul(y, gate))));
      };
      return { value: tf.mul(x, tf.sigmoid(x)), gradFunc };
    },
    [x],
  );
}

/** Phi(x), the share of a standard normal below x. */
const normalBelow = (x: Tensor): Tensor => tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5);

/** Exact GELU, x Phi(x) (Hendrycks & Gimpel 2016); dy/dx = Phi(x) + x phi(x). */
export function gelu(x: Tensor): Tensor {
  return withGradient(
    (save, x) => {
      save([x]);
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
        const [x] = saved as [Tensor];
        const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return tf.mul(dy, tf.add(normalBelow(x), tf.mul(x, density)));
      };
      return { value: tf.mul(x, normalBelow(x)), gradFunc };
    },
    [x],
  );
}
