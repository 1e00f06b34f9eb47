import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import type { Tensors } from '../../../engine/index.ts';
import { logSoftmax, targetLogProbs } from '../../../engine/ops.ts';
import type { Model, ParameterTensors } from '../../models/index.ts';
import type { Measure } from '../losses.ts';
import type { PolicyRows } from './types.ts';

/** The policy's predictions at the rows of the completion tokens; measures their entropy, in nats a token. */
export function policyRows(model: Model, parameters: ParameterTensors, inputs: Tensors, measure?: Measure): PolicyRows {
  const hidden = tf.gather(model.forward(parameters, { tokens: inputs.tokens! }).hidden, inputs.rows!); // [B * T, C] -> [K, C]
  const logits = model.logits(parameters, hidden); // [K, V]
  if (measure) {
    const logP = logSoftmax(logits);
    const entropies = tf.neg(tf.sum(tf.mul(tf.exp(logP), logP), 1)); // [K]
    measure('entropy', tf.sum(tf.mul(entropies, inputs.weights!)));
  }
  return { hidden, logProbs: targetLogProbs(logits, inputs.targets!) };
}

/** log p - log q of each row, [K]; 0 where a row only pads, so that no exponential of it overflows. */
export const logRatio = (logProbs: Tensor, others: Tensor, { weights }: Tensors): Tensor =>
  tf.mul(tf.sub(logProbs, others), tf.cast(tf.greater(weights!, 0), 'float32'));

/**
 * PPO's clipped surrogate as a loss, summed: weight * max(-A r, -A clip(r, 1 - c, 1 + c)) (Schulman et al. 2017, eq. 7).
 * `ratio`, `advantages` and `weights` are [K]. Measures the share of rows whose ratio lies outside of the clip.
 */
export function clippedSurrogate(
  ratio: Tensor,
  { advantages, weights }: Tensors,
  clip: number,
  measure?: Measure,
): Tensor {
  const isOutside = tf.cast(tf.greater(tf.abs(tf.sub(ratio, 1)), clip), 'float32');
  measure?.('clipFraction', tf.sum(tf.mul(isOutside, weights!)));
  const against = tf.neg(advantages!);
  const worst = tf.maximum(tf.mul(against, ratio), tf.mul(against, tf.clipByValue(ratio, 1 - clip, 1 + clip)));
  return tf.sum(tf.mul(worst, weights!));
}
