import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { blend, decaying } from './decay.ts';
import { defineOptimizer, slotsFor, updateEach } from './types.ts';

/**
 * Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", algorithm 2: every weight moves by lr, in the
 * direction of the sign of a blend of momentum and gradient; the momentum itself is blended by another share.
 * The paper advises a rate 3 to 10 times below AdamW's and a decay as many times above.
 */
export const lion = defineOptimizer('lion', {
  summary: 'Lion: steps of one size, by the sign of the momentum (Chen et al. 2023); lr 3 to 10 times below AdamW’s',
  params: z.strictObject({
    beta1: z.number().min(0).lt(1).default(0.9).describe('share of the momentum in the step'),
    beta2: z.number().min(0).lt(1).default(0.99).describe('share of the momentum that is kept'),
    weightDecay: z.number().min(0).default(0.1).describe('of each weight matrix, times lr, a step'),
  }),
  create: ({ beta1, beta2, weightDecay }) => ({
    init: slotsFor('m'),
    update(parameters, gradients, slots, { lr }) {
      const decay = decaying(lr, weightDecay);
      return updateEach(parameters, (parameter, name) => {
        const [before, gradient] = [slots[`m/${name}`]!, gradients[name]!];
        const direction = tf.sign(blend(before, gradient, 1 - beta1));
        const m = blend(before, gradient, 1 - beta2);
        return { parameter: tf.sub(decay(parameter), tf.mul(direction, lr)), slots: { m } };
      });
    },
  }),
});
