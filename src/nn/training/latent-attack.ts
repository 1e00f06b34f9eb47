import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { sizeOf } from '../../engine/index.ts';
import type { Engine, State, Tensors } from '../../engine/index.ts';
import { crossEntropy } from '../../engine/ops.ts';
import { parameterTensorSpecs } from '../models/index.ts';
import type { Hook, Model, ParameterTensors } from '../models/index.ts';
import type { Loss, LossInputs } from './losses.ts';

export interface LatentAttackOptions {
  /** After which block the residual stream is pushed, from 0. */
  readonly layer: number;
  /** Radius of the ball, in parts of each position's own norm. */
  readonly epsilon: number;
  readonly innerSteps: number;
}

/** Cross-entropy with `delta` [B * T, C] added to the residual stream after block `layer`. */
function lossUnder(
  model: Model,
  parameters: ParameterTensors,
  inputs: Tensors,
  layer: number,
  delta: Tensor,
  see: (residual: Tensor) => void = () => {},
): Tensor {
  const push: Hook = (name, activation) => {
    if (name !== `blocks.${layer}.hook_resid_post`) return activation;
    see(activation);
    return tf.add(activation, delta);
  };
  const { hidden } = model.forward(parameters, { tokens: inputs.tokens! }, push);
  return crossEntropy(model.logits(parameters, tf.gather(hidden, inputs.rows!)), inputs.targets!, inputs.weights!);
}

/** Length of each row, [N, C] -> [N, 1]. */
const normOf = (x: Tensor): Tensor => tf.sqrt(tf.add(tf.sum(tf.square(x), -1, true), 1e-12));

/**
 * Projected gradient ascent on the residual stream (Casper et al. 2024; Sheshadri et al. 2024): steps of 2 epsilon / innerSteps along each position's
 * own gradient, then back into the ball. Only positions of the prompt are pushed (`isPrompt` [B * T, 1]): the answer is
 * the model's own.
 *
 * @returns the perturbation [B * T, C], and by how much it raised the summed loss.
 */
export async function attackLatents(
  engine: Engine,
  model: Model,
  policy: State,
  batch: LossInputs,
  isPrompt: Float32Array,
  { layer, epsilon, innerSteps }: LatentAttackOptions,
): Promise<{ delta: Float32Array; raised: number }> {
  const rows = sizeOf(batch.specs.tokens!.shape);
  const program = await engine.compile(
    `latent attack ${model.key} layer ${layer} epsilon ${epsilon} steps ${innerSteps}`,
    (parameters, inputs) => {
      const width = model.width;
      let residual: Tensor | undefined;
      let delta: Tensor = tf.zeros([rows, width]);
      const clean = lossUnder(model, parameters, inputs, layer, delta, (seen) => (residual = seen));
      const radius = tf.mul(tf.mul(normOf(residual!), epsilon), inputs.isPrompt!); // [B * T, 1]
      for (let k = 0; k < innerSteps; k++) {
        const slope = tf.grad((d: Tensor) => lossUnder(model, parameters, inputs, layer, d))(delta);
        const step = tf.mul(tf.div(slope, normOf(slope)), tf.mul(radius, 2 / innerSteps));
        const moved = tf.add(delta, step);
        delta = tf.mul(moved, tf.minimum(tf.div(radius, normOf(moved)), 1));
      }
      const raised = tf.sub(lossUnder(model, parameters, inputs, layer, delta), clean);
      return { outputs: { delta, raised } };
    },
    {
      state: parameterTensorSpecs(model),
      inputs: { ...batch.specs, isPrompt: { shape: [rows, 1], dtype: 'float32' } },
    },
  );
  const { delta, raised } = await program.run(policy, { ...batch.values, isPrompt });
  return { delta: delta as Float32Array, raised: raised![0]! };
}

/** The language-model loss on batches that carry `delta`, mixed with the loss of the same batch left alone (share `clean`). */
export const latentAdversarialLoss = ({ layer }: Pick<LatentAttackOptions, 'layer'>, clean: number): Loss => ({
  key: `latent-adversarial layer ${layer} clean ${clean}`,
  total(model, parameters, inputs) {
    const attacked = lossUnder(model, parameters, inputs, layer, inputs.delta!);
    if (clean === 0) return attacked;
    const alone = lossUnder(model, parameters, inputs, layer, tf.zerosLike(inputs.delta!));
    return tf.add(tf.mul(attacked, 1 - clean), tf.mul(alone, clean));
  },
});
