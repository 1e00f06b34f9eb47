import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { hasKernel, runFused, withGradient } from './gradient.ts';

export * from './activations.ts';
export * from './attention.ts';

/**
 * The few operations a transformer spends its time in, each with a short gradient of its own. Where the backend has a
 * fused kernel (the tracer does) it is used; elsewhere the same value is composed of plain tfjs ops.
 *
 * Legend: B batch, T time, C channels, H heads, D head size, V vocabulary, N = B * T rows.
 */

/** Sum over rows, each times its weight if given: x [N, C], weights [N, 1] -> [C]. A product is far faster than a strided reduction. */
function sumRows(x: Tensor, weights?: Tensor): Tensor {
  const [N = 0, C = 0] = x.shape;
  return tf.reshape(tf.matMul(weights ? tf.reshape(weights, [1, N]) : tf.ones([1, N]), x), [C]);
}

/** x [N, I] W [I, O] + b [O] -> [N, O]; W is [O, I] where `transposeW`. */
export function linear(x: Tensor, w: Tensor, b: Tensor, transposeW = false): Tensor {
  return withGradient(
    (save, x, w, b) => {
      save([x, w]);
      const value = hasKernel('Linear')
        ? runFused('Linear', { x, w, b }, { transposeW })[0]!
        : tf.add(tf.matMul(x, w, false, transposeW), b);
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
        const [x, w] = saved as [Tensor, Tensor];
        const dw = transposeW ? tf.matMul(dy, x, true, false) : tf.matMul(x, dy, true, false);
        return [tf.matMul(dy, w, false, !transposeW), dw, sumRows(dy)];
      };
      return { value, gradFunc };
    },
    [x, w, b],
  );
}

/** (x - mean) / sqrt(variance + epsilon) * gain + bias over the last axis; x [N, C], gain and bias [C]. */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  return withGradient(
    (save, x, gain, bias) => {
      const [value, mean, rstd] = (
        hasKernel('LayerNorm')
          ? runFused('LayerNorm', { x, gain, bias }, { epsilon })
          : composeLayerNorm(x, gain, bias, epsilon)
      ) as [Tensor, Tensor, Tensor];
      save([x, gain, mean, rstd]);
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
        const [x, gain, mean, rstd] = saved as [Tensor, Tensor, Tensor, Tensor];
        const C = x.shape.at(-1)!;
        const column = tf.reshape(tf.div(gain, C), [C, 1]);
        const centered = tf.sub(x, mean); // [N, C]; times rstd it is what was normalized
        const dyCentered = tf.mul(dy, centered);
        const meanD = tf.matMul(dy, column); // mean of dy gain by row, [N, C] [C, 1] -> [N, 1]
        const slope = tf.mul(tf.matMul(dyCentered, column), tf.square(rstd));
        const dx = tf.mul(tf.sub(tf.mul(dy, gain), tf.add(meanD, tf.mul(centered, slope))), rstd);
        return [dx, sumRows(dyCentered, rstd), sumRows(dy)];
      };
      return { value, gradFunc };
    },
    [x, gain, bias],
  );
}

function composeLayerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor[] {
  const mean = tf.mean(x, -1, true);
  const centered = tf.sub(x, mean);
  const rstd = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon));
  return [tf.add(tf.mul(tf.mul(centered, rstd), gain), bias), mean, rstd];
}

/** x / sqrt(mean(x^2) + epsilon) * gain over the last axis (Zhang & Sennrich 2019, eq. 4); x [N, C], gain [C]. */
export function rmsNorm(x: Tensor, gain: Tensor, epsilon = 1e-5): Tensor {
  return withGradient(
    (save, x, gain) => {
      const C = x.shape.at(-1)!;
      const rms = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon)); // its reciprocal, [N, 1]
      save([x, gain, rms]);
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
        const [x, gain, rms] = saved as [Tensor, Tensor, Tensor];
        const dyX = tf.mul(dy, x);
        const mean = tf.matMul(dyX, tf.reshape(tf.div(gain, C), [C, 1])); // of dy gain x by row, [N, C] [C, 1] -> [N, 1]
        const dx = tf.mul(tf.sub(tf.mul(dy, gain), tf.mul(x, tf.mul(mean, tf.square(rms)))), rms);
        return [dx, sumRows(dyX, rms)];
      };
      return { value: tf.mul(tf.mul(x, rms), gain), gradFunc };
    },
    [x, gain],
  );
}

/**
 * Rotary positions (Su et al. 2021, eq. 34), element i paired with i + R / 2: x [B, H, T, D], cos and sin [B or 1, 1, T, R / 2].
 * The first R of D elements turn, the rest stay. The gradient turns back.
 */
export function rotate(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  return withGradient(
    (save, x) => {
      save([cos, sin]);
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
        const [cos, sin] = saved as [Tensor, Tensor];
        return turn(dy, cos, tf.neg(sin));
      };
      return { value: turn(x, cos, sin), gradFunc };
    },
    [x],
  );
}

function turn(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const half = cos.shape.at(-1)!;
  const still = x.shape.at(-1)! - 2 * half;
  const [a, b, ...rest] = tf.split(x, still > 0 ? [half, half, still] : [half, half], 3) as [Tensor, Tensor];
  return tf.concat([tf.sub(tf.mul(a, cos), tf.mul(b, sin)), tf.add(tf.mul(b, cos), tf.mul(a, sin)), ...rest], 3);
}

/** Log-probabilities over the last axis, [N, V]. No gradient of its own. */
export function logSoftmax(logits: Tensor): Tensor {
  return hasKernel('LogSoftmax') ? runFused('LogSoftmax', { logits }, { axis: -1 })[0]! : tf.logSoftmax(logits);
}

/** Where each row's target stands in [N, V]: [N] -> [N, 2]. */
function targetIndices(targets: Tensor): Tensor {
  const N = targets.shape[0]!;
  const rows = tf.tensor2d(
    Int32Array.from({ length: N }, (_, i) => i),
    [N, 1],
    'int32',
  );
  return tf.concat([rows, tf.reshape(targets, [N, 1])], 1);
}

/**
 * Log-probability of each row's target: logits [N, V], targets [N] int32 -> [N]. Sparse: the target is gathered, and the
 * gradient (onehot - p) dy is p -dy with the target's share written in. Targets get no gradient.
 */
export function targetLogProbs(logits: Tensor, targets: Tensor): Tensor {
  return withGradient(
    (save, logits) => {
      const at = targetIndices(targets);
      const logP = logSoftmax(logits);
      save([logP, at]); // whatever is not saved is freed before the gradient runs
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
        const [logP, at] = saved as [Tensor, Tensor];
        const p = tf.mul(tf.exp(logP), tf.reshape(tf.neg(dy), [-1, 1])); // [N, V]
        const atTarget = tf.sub(dy, tf.mul(tf.exp(tf.gatherND(logP, at)), dy)); // (1 - p_target) dy
        return tf.tensorScatterUpdate(p, at, atTarget);
      };
      return { value: tf.gatherND(logP, at), gradFunc };
    },
    [logits],
  );
}

/** Sum over rows of weight * -log p(target): logits [N, V], targets [N] int32, weights [N] -> scalar. */
export const crossEntropy = (logits: Tensor, targets: Tensor, weights: Tensor): Tensor =>
  tf.neg(tf.sum(tf.mul(targetLogProbs(logits, targets), weights)));

/** x itself, through which no gradient goes back. */
export const detached = (x: Tensor): Tensor =>
  withGradient((_, x) => ({ value: tf.clone(x), gradFunc: (dy) => tf.zerosLike(dy) }), [x]);

/** Sum of squares of all elements -> scalar. No gradient of its own. */
export const sumOfSquares = (x: Tensor): Tensor =>
  hasKernel('SumOfSquares') ? runFused('SumOfSquares', { x })[0]! : tf.sum(tf.square(x));
