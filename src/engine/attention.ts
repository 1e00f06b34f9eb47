import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { hasKernel, runFused, withGradient } from './gradient.ts';

/** Legend: B batch, H heads, T queries, S keys, D head size. */

/** a b scaled: a [*, M, D], b [*, D, N], or as the flags say, -> [*, M, N]. The scale rides along in the product. */
function scaledProduct(a: Tensor, b: Tensor, alpha: number, transposeA = false, transposeB = false): Tensor {
  return hasKernel('ScaledMatMul')
    ? runFused('ScaledMatMul', { a, b }, { transposeA, transposeB, alpha })[0]!
    : tf.mul(tf.matMul(a, b, transposeA, transposeB), alpha);
}

const scaleOf = (q: Tensor): number => 1 / Math.sqrt(q.shape.at(-1)!);

/** [B, H, M, N] -> [B, H, N, M]. */
const swapLast = (x: Tensor): Tensor => tf.transpose(x, [0, 1, 3, 2]);

/**
 * The gradients of products transpose the narrow factor and the narrow result, (a^T b)^T for b^T a: a product with the wide
 * [T, S] pattern transposed is several times slower.
 */
const gradientOfValues = (dz: Tensor, pattern: Tensor): Tensor => swapLast(tf.matMul(dz, pattern, true, false));

function gradientOfScores(dScores: Tensor, q: Tensor, k: Tensor): [Tensor, Tensor] {
  const alpha = scaleOf(q);
  return [scaledProduct(dScores, k, alpha), swapLast(scaledProduct(q, dScores, alpha, true))];
}

/** Attention scores q k^T / sqrt(D): q [B, H, T, D], k [B, H, S, D] -> [B, H, T, S]. */
export function attentionScores(q: Tensor, k: Tensor): Tensor {
  return withGradient(
    (save, q, k) => {
      save([q, k]);
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => gradientOfScores(dy, ...(saved as [Tensor, Tensor]));
      return { value: scaledProduct(q, k, scaleOf(q), false, true), gradFunc };
    },
    [q, k],
  );
}

/** Attention's mix of values: pattern [B, H, T, S], value [B, H, S, D] -> [B, H, T, D]. */
export function mixValues(pattern: Tensor, value: Tensor): Tensor {
  return withGradient(
    (save, pattern, value) => {
      save([pattern, value]);
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
        const [pattern, value] = saved as [Tensor, Tensor];
        return [tf.matMul(dy, value, false, true), gradientOfValues(dy, pattern)];
      };
      return { value: tf.matMul(pattern, value), gradFunc };
    },
    [pattern, value],
  );
}

/** Softmax over the last axis; the gradient is p (dp - sum(p dp)). */
export function softmax(x: Tensor): Tensor {
  return withGradient(
    (save, x) => {
      const value = tf.softmax(x);
      save([value]);
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
        const [p] = saved as [Tensor];
        const pdp = tf.mul(p, dy);
        return tf.sub(pdp, tf.mul(p, tf.sum(pdp, -1, true)));
      };
      return { value, gradFunc };
    },
    [x],
  );
}

/**
 * softmax(q k^T / sqrt(D) + mask) v: q [B, H, T, D], k and v [B, H, S, D], mask [1, 1, T, S] -> [B, H, T, D]. One gradient for all of
 * it: the sum(p dp) over keys is a sum(z dz) over the head's few channels (Dao et al. 2022, B.2), two wide passes less.
 */
export function attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor): Tensor {
  return withGradient(
    (save, q, k, v) => {
      const pattern = tf.softmax(tf.add(scaledProduct(q, k, scaleOf(q), false, true), mask));
      const value = tf.matMul(pattern, v);
      save([q, k, v, pattern, value]);
      const gradFunc = (dz: Tensor, saved: Tensor[]): Tensor[] => {
        const [q, k, v, pattern, z] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor];
        const delta = tf.sum(tf.mul(z, dz), -1, true); // [B, H, T, 1]
        const dScores = tf.mul(pattern, tf.sub(tf.matMul(dz, v, false, true), delta));
        return [...gradientOfScores(dScores, q, k), gradientOfValues(dz, pattern)];
      };
      return { value, gradFunc };
    },
    [q, k, v],
  );
}
