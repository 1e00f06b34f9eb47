import * as tf from '@tensorflow/tfjs';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { z } from 'zod';
import { sumOfSquares } from '../../../engine/ops.ts';
import { adamParams, adamStep } from './adamw.ts';
import { blend, decaying } from './decay.ts';
import { defineOptimizer, slotsFor, updateEach } from './types.ts';

/** A quintic whose iterates pull singular values from (0, 1] into about [0.7, 1.2] (Jordan et al. 2024). */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const ITERATIONS = 5;

/**
 * Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks": Nesterov momentum, made orthogonal by
 * five Newton-Schulz iterations, for the matrices of a model's layers. Embeddings, heads and vectors get AdamW, at
 * `adamShare` of the rate (the authors' pair of rates is 0.02 and 3e-4).
 *
 * Queries, keys and values of GPT-2's fused projection are made orthogonal each by itself, as the authors advise; those
 * of GPT-NeoX, which lie head by head, together. Left out:
 * bfloat16 iterations (float32 here) and momentum that warms up.
 */
export const muon = defineOptimizer('muon', {
  summary: 'Muon: orthogonal momentum for hidden matrices (Jordan et al. 2024), AdamW for the rest; lr about 0.02',
  params: z.strictObject({
    momentum: z.number().min(0).lt(1).default(0.95).describe('share of the momentum that is kept'),
    adamShare: z.number().positive().default(0.1).describe('lr of embeddings, heads and vectors, as a share of lr'),
    ...adamParams.shape,
  }),
  create: ({ momentum, adamShare, ...adam }) => ({
    init: (parameters) => ({
      ...slotsFor('m')(parameters),
      ...slotsFor('v')(Object.fromEntries(Object.entries(parameters).filter(([name, spec]) => !isHidden(name, spec)))),
    }),
    update(parameters, gradients, slots, { lr, step }) {
      const decay = decaying(lr, adam.weightDecay);
      const others = adamStep(adam, { lr: tf.mul(lr, adamShare), step });
      return updateEach(parameters, (parameter, name) => {
        if (!isHidden(name, parameter)) return others(parameter, name, gradients, slots);
        const gradient = gradients[name]!;
        const m = blend(slots[`m/${name}`]!, gradient, 1 - momentum);
        const parts = tf.split(blend(gradient, m, momentum), fusedIn(name), 1);
        const directions = parts.map((part) => direction(part, isInOut(name)));
        return { parameter: tf.sub(decay(parameter), tf.mul(tf.concat(directions, 1), lr)), slots: { m } };
      });
    },
  }),
});

/** A matrix of a numbered layer: `h.0.mlp.c_fc.weight`, but neither `wte.weight` nor the weight of a head. */
const isHidden = (name: string, { shape }: { readonly shape: readonly number[] }): boolean =>
  shape.length === 2 && /\.\d+\./.test(name);

/** How many projections lie side by side in a matrix. */
const fusedIn = (name: string): number => (name.endsWith('.c_attn.weight') ? 3 : 1);

/** GPT-2's maps lie as [I, O]; those of the other architectures and of adapters as [O, I], as in torch. */
const isInOut = (name: string): boolean => name.startsWith('h.') && !/\.lora_[AB]\./.test(name);

/** The orthogonal matrix nearest to `x` [I, O] (or [O, I]), roughly, times sqrt(O / I) where it widens. */
function direction(x: Tensor, inOut: boolean): Tensor {
  const [rows = 1, columns = 1] = x.shape;
  const widening = inOut ? columns / rows : rows / columns;
  return tf.mul(newtonSchulz(x.as2D(rows, columns)), Math.sqrt(Math.max(1, widening)));
}

/** x -> A x + (B g + C g g) x with g = x x', always over the shorter side. Singular vectors stay as they are. */
function newtonSchulz(matrix: Tensor2D): Tensor2D {
  const [rows, columns] = matrix.shape;
  let x: Tensor2D = tf.div(matrix, tf.add(tf.sqrt(sumOfSquares(matrix)), 1e-7));
  for (let i = 0; i < ITERATIONS; i++) {
    const wide = rows <= columns;
    const g = wide ? tf.matMul(x, x, false, true) : tf.matMul(x, x, true, false);
    const polynomial: Tensor2D = tf.add(tf.mul(g, B), tf.mul(tf.matMul(g, g), C));
    x = tf.add(tf.mul(x, A), wide ? tf.matMul(polynomial, x) : tf.matMul(x, polynomial));
  }
  return x;
}
