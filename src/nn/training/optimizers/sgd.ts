import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { decaying } from './decay.ts';
import { defineOptimizer, slotsFor, updateEach } from './types.ts';

/** Heavy-ball momentum as PyTorch writes it: b = momentum * b + g; p = p - lr * b. */
export const sgd = defineOptimizer('sgd', {
  summary: 'SGD with momentum',
  params: z.strictObject({
    momentum: z.number().min(0).lt(1).default(0.9).describe('share of the last move that is kept'),
    weightDecay: z.number().min(0).default(0).describe('of each weight matrix, times lr, a step'),
  }),
  create: ({ momentum, weightDecay }) => ({
    init: slotsFor('m'),
    update(parameters, gradients, slots, { lr }) {
      const decay = decaying(lr, weightDecay);
      return updateEach(parameters, (parameter, name) => {
        const m = tf.add(tf.mul(slots[`m/${name}`]!, momentum), gradients[name]!);
        return { parameter: tf.sub(decay(parameter), tf.mul(m, lr)), slots: { m } };
      });
    },
  }),
});
