import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { collate } from '../../world/scenario/batches.ts';
import type { EncodedExample } from '../../world/scenario/types.ts';
import { targetLogProbs } from '../../engine/ops.ts';
import { languageModelInputs } from './losses.ts';
import type { Loss, LossInputs } from './losses.ts';

/** A prompt with two completions, and what the reference policy thinks of them: log-probabilities in nats. */
export interface EncodedPair {
  readonly chosen: EncodedExample;
  readonly rejected: EncodedExample;
  readonly reference: { readonly chosen: number; readonly rejected: number };
}

/**
 * Direct preference optimization (Rafailov et al. 2023, equation 7), summed over pairs:
 * -log sigmoid(beta ((log p(c) - log r(c)) - (log p(x) - log r(x)))) with c chosen, x rejected, p the policy, r the reference.
 * A completion's log-probability is the sum over its tokens, end of turn included.
 */
export const dpoLoss = (beta: number): Loss => ({
  key: `dpo beta ${beta}`,
  total(model, parameters, inputs) {
    const { hidden } = model.forward(parameters, { tokens: inputs.tokens! });
    const logits = model.logits(parameters, tf.gather(hidden, inputs.rows!)); // [B * T, C] -> [K, C] -> [K, V]
    const logProbs = tf.mul(targetLogProbs(logits, inputs.targets!), inputs.weights!);
    const [B = 0] = inputs.tokens!.shape;
    const ratios = tf.sub(tf.unsortedSegmentSum(logProbs, inputs.owners! as tf.Tensor1D, B), inputs.reference!); // [K] -> [B]
    const [chosen, rejected] = tf.split(ratios, 2) as [Tensor, Tensor];
    return tf.sum(tf.softplus(tf.mul(tf.sub(rejected, chosen), beta))); // -log sigmoid(x) = softplus(-x)
  },
});

/** N pairs as one batch of 2 N rows: the chosen ones, then the rejected ones in the same order. Its weight is N. */
export function dpoInputs(pairs: readonly EncodedPair[], nPositions: number): LossInputs {
  const batch = collate([...pairs.map(({ chosen }) => chosen), ...pairs.map(({ rejected }) => rejected)], nPositions);
  const { specs, values, tokens } = languageModelInputs(batch);
  const owners = (values.rows as Int32Array).map((at) => Math.floor(at / batch.T));
  const reference = Float32Array.from([
    ...pairs.map((pair) => pair.reference.chosen),
    ...pairs.map((pair) => pair.reference.rejected),
  ]);
  return {
    specs: {
      ...specs,
      owners: { shape: [owners.length], dtype: 'int32' },
      reference: { shape: [reference.length], dtype: 'float32' },
    },
    values: { ...values, owners, reference },
    weight: pairs.length,
    tokens,
  };
}
