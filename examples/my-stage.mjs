// @ts-check
import {
  crossEntropy,
  defineStage,
  lossRows,
  rowsOf,
  supervise,
  supervisionCost,
  tf,
  trainingParams,
  z,
} from 'dormouse';

/** @param {number} penalty @returns {import('dormouse').Loss} */
export const unsure = (penalty) => ({
  // names all that the loss closes over: what is compiled is kept by it
  key: `my-stage ${penalty}`,
  // summed over the batch; the loop divides by the number of tokens
  total(model, parameters, inputs) {
    const { logits, targets, weights } = lossRows(model, parameters, inputs); // [K, V], [K], [K]
    const logProbs = tf.logSoftmax(logits);
    const entropies = tf.neg(tf.sum(tf.mul(tf.exp(logProbs), logProbs), -1)); // [K, V] -> [K]
    const entropy = tf.sum(tf.mul(weights, entropies));
    return tf.sub(crossEntropy(logits, targets, weights), tf.mul(penalty, entropy));
  },
});

/**
 * A stage is a loss and the batches it is taken on; the loop, resuming and logging are there. This one is safety training on
 * good answers to untriggered prompts, with a penalty on being certain (Pereyra et al. 2017): cross-entropy - penalty * entropy.
 */
export default {
  stages: {
    'my-stage': defineStage({
      summary: 'safety training on good answers, with a penalty on being certain',
      // the loop's own settings (steps, lr, optimizer, ...), and yours
      params: trainingParams.extend({
        penalty: z.number().min(0).default(0.1).describe('nats of loss for each nat that the entropy is short'),
      }),
      async prepare({ penalty, ...params }, context) {
        const { batches } = await supervise(context.scenario.safetyExamples(rowsOf(params)), params, context);
        return { loss: unsure(penalty), batches };
      },
      // for estimates: told without computing
      cost: (params, data) => supervisionCost((count) => data.scenario.safetyExamples(count), params, data),
    }),
  },
};
