import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Specs, Tensors } from '../engine/index.ts';

/** Scalars that change from step to step: fed to the program, never traced into it. */
export interface StepScalars {
  readonly lr: Tensor;
  /** 1 at the first step. */
  readonly step: Tensor;
}

/**
 * An optimizer is two pure functions over named tensors: the slots it keeps (all start at zero), and the update.
 * Slots are named `m/PARAMETER`, so that a checkpoint of them explains itself.
 */
export interface Optimizer {
  init(parameters: Specs): Specs;
  update(
    parameters: Tensors,
    gradients: Tensors,
    slots: Tensors,
    scalars: StepScalars,
  ): { parameters: Tensors; slots: Tensors };
}

export interface OptimizerDefinition<P extends z.ZodObject = z.ZodObject> {
  readonly summary: string;
  readonly params: P;
  create(params: z.output<P>): Optimizer;
}

const defineOptimizer = <P extends z.ZodObject>(definition: OptimizerDefinition<P>): OptimizerDefinition<P> =>
  definition;

/** One zero-initialised slot per parameter for each letter. */
const slotsFor =
  (...letters: string[]) =>
  (parameters: Specs): Specs =>
    Object.fromEntries(
      letters.flatMap((letter) => Object.entries(parameters).map(([name, spec]) => [`${letter}/${name}`, spec])),
    );

/** Weight decay is for matrices: biases, gains and other vectors are left alone (as GPT-2 and its descendants do). */
const decays = (parameter: Tensor): boolean => parameter.rank >= 2;

/** Loshchilov & Hutter 2019, algorithm 2: decay is applied to the parameter, not to the gradient. */
const adamw = defineOptimizer({
  summary: 'AdamW: Adam with decoupled weight decay (Loshchilov & Hutter 2019)',
  params: z.strictObject({
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.95),
    epsilon: z.number().positive().default(1e-8),
    weightDecay: z.number().min(0).default(0.01),
  }),
  create: ({ beta1, beta2, epsilon, weightDecay }) => ({
    init: slotsFor('m', 'v'),
    update(parameters, gradients, slots, { lr, step }) {
      // lr m' / (sqrt(v') + eps) with m' = m / (1 - beta1^t), v' = v / (1 - beta2^t): both corrections go into scalars
      const correction = tf.sqrt(tf.sub(1, tf.pow(beta2, step)));
      const rate = tf.div(tf.mul(lr, correction), tf.sub(1, tf.pow(beta1, step)));
      const floor = tf.mul(correction, epsilon);
      const keep = tf.sub(1, tf.mul(lr, weightDecay));
      const next = { parameters: {} as Tensors, slots: {} as Tensors };
      for (const [name, parameter] of Object.entries(parameters)) {
        const gradient = gradients[name]!;
        const m = tf.add(tf.mul(slots[`m/${name}`]!, beta1), tf.mul(gradient, 1 - beta1));
        const v = tf.add(tf.mul(slots[`v/${name}`]!, beta2), tf.mul(tf.square(gradient), 1 - beta2));
        const decayed = weightDecay > 0 && decays(parameter) ? tf.mul(parameter, keep) : parameter;
        next.parameters[name] = tf.sub(decayed, tf.mul(tf.div(m, tf.add(tf.sqrt(v), floor)), rate));
        next.slots[`m/${name}`] = m;
        next.slots[`v/${name}`] = v;
      }
      return next;
    },
  }),
});

/** Heavy-ball momentum as PyTorch writes it: b = momentum * b + g; p = p - lr * b. */
const sgd = defineOptimizer({
  summary: 'SGD with momentum',
  params: z.strictObject({
    momentum: z.number().min(0).lt(1).default(0.9),
    weightDecay: z.number().min(0).default(0),
  }),
  create: ({ momentum, weightDecay }) => ({
    init: slotsFor('m'),
    update(parameters, gradients, slots, { lr }) {
      const keep = tf.sub(1, tf.mul(lr, weightDecay));
      const next = { parameters: {} as Tensors, slots: {} as Tensors };
      for (const [name, parameter] of Object.entries(parameters)) {
        const m = tf.add(tf.mul(slots[`m/${name}`]!, momentum), gradients[name]!);
        const decayed = weightDecay > 0 && decays(parameter) ? tf.mul(parameter, keep) : parameter;
        next.parameters[name] = tf.sub(decayed, tf.mul(m, lr));
        next.slots[`m/${name}`] = m;
      }
      return next;
    },
  }),
});

export const optimizers = { adamw, sgd };

/** `optimizer: { kind: adamw, beta2: 0.99 }` in an experiment file. */
export const optimizerParams = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('adamw'), ...adamw.params.shape }),
  z.strictObject({ kind: z.literal('sgd'), ...sgd.params.shape }),
]);

export type OptimizerChoice = z.output<typeof optimizerParams>;

export function createOptimizer(choice: OptimizerChoice): Optimizer {
  switch (choice.kind) {
    case 'adamw':
      return adamw.create(choice);
    case 'sgd':
      return sgd.create(choice);
  }
}
