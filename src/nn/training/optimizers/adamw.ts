import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Tensors } from '../../../engine/index.ts';
import { blend, decaying } from './decay.ts';
import { defineOptimizer, slotsFor, updateEach } from './types.ts';
import type { OneUpdated, StepScalars } from './types.ts';

export const adamParams = z.strictObject({
  beta1: z.number().min(0).lt(1).default(0.9).describe('share of the mean gradient that is kept'),
  beta2: z.number().min(0).lt(1).default(0.95).describe('share of the mean square that is kept'),
  epsilon: z.number().positive().default(1e-8).describe('added to its root'),
  weightDecay: z.number().min(0).default(0.01).describe('of each weight matrix, times lr, a step'),
});

/** The update of one parameter; Loshchilov & Hutter 2019, algorithm 2: decay is applied to the parameter itself. */
export function adamStep(
  { beta1, beta2, epsilon, weightDecay }: z.output<typeof adamParams>,
  { lr, step }: StepScalars,
): (parameter: Tensor, name: string, gradients: Tensors, slots: Tensors) => OneUpdated {
  // lr m' / (sqrt(v') + eps) with m' = m / (1 - beta1^t), v' = v / (1 - beta2^t): both corrections go into scalars
  const correction = tf.sqrt(tf.sub(1, tf.pow(beta2, step)));
  const rate = tf.div(tf.mul(lr, correction), tf.sub(1, tf.pow(beta1, step)));
  const floor = tf.mul(correction, epsilon);
  const decay = decaying(lr, weightDecay);
  return (parameter, name, gradients, slots) => {
    const gradient = gradients[name]!;
    const m = blend(slots[`m/${name}`]!, gradient, 1 - beta1);
    const v = blend(slots[`v/${name}`]!, tf.square(gradient), 1 - beta2);
    const move = tf.mul(tf.div(m, tf.add(tf.sqrt(v), floor)), rate);
    return { parameter: tf.sub(decay(parameter), move), slots: { m, v } };
  };
}

export const adamw = defineOptimizer('adamw', {
  summary: 'AdamW: Adam with decoupled weight decay (Loshchilov & Hutter 2019)',
  params: adamParams,
  create: (params) => ({
    init: slotsFor('m', 'v'),
    update(parameters, gradients, slots, scalars) {
      const step = adamStep(params, scalars);
      return updateEach(parameters, (parameter, name) => step(parameter, name, gradients, slots));
    },
  }),
});
