import * as tf from '@tensorflow/tfjs';
import type { Scalar, Tensor } from '@tensorflow/tfjs';
import type { Engine, Program, Specs, Tensors, Traceable } from '../../engine/index.ts';
import { sumOfSquares } from '../../engine/ops.ts';
import { parameterTensorSpecs, trainableSpecs } from '../models/index.ts';
import type { Model, Trainable } from '../models/index.ts';
import { grouping } from './grouping.ts';
import type { Loss } from './losses.ts';
import type { Optimizer } from './optimizers/index.ts';

const SCALAR = { shape: [], dtype: 'float32' } as const;
/** Before the name of an output that the loss measured. */
export const MEASURED = 'measured/';

export interface StepProgramOptions<M extends Trainable = Model> {
  readonly model: M;
  readonly loss: Loss<M>;
  readonly optimizer: Optimizer;
  /** Names the optimizer and its settings: part of the program's cache key. */
  readonly optimizerKey: string;
  /** Largest global gradient norm; larger ones are scaled down to it. 0 switches clipping off. */
  readonly clipNorm: number;
}

/** Where gradients of earlier micro-batches wait for the last one. */
export const accumulatorSpecs = (model: Trainable): Specs =>
  Object.fromEntries(Object.entries(trainableSpecs(model)).map(([name, spec]) => [`sum/${name}`, spec]));

/** The summed loss, its gradient by the name of each parameter that is trained, and what the loss measured beside (`measured/NAME`); all times `scale`. */
function lossAndGradients<M extends Trainable>(
  { model, loss }: StepProgramOptions<M>,
  state: Tensors,
  inputs: Tensors,
): { value: Scalar; gradients: Tensors; measured: Tensors } {
  const names = Object.keys(trainableSpecs(model));
  const kept: Tensors = {};
  const measure = (name: string, sum: Tensor): void => {
    kept[MEASURED + name] = tf.keep(tf.mul(sum, inputs.scale!)); // or it would be freed with the tape
  };
  const f = (...tensors: Tensor[]): Scalar => {
    const parameters = { ...state, ...Object.fromEntries(names.map((name, i) => [name, tensors[i]!])) };
    return tf.mul(loss.total(model, parameters, inputs, measure), inputs.scale!);
  };
  const { value, grads } = tf.valueAndGrads(f)(names.map((name) => state[name]!));
  const measured = Object.fromEntries(Object.entries(kept).map(([name, tensor]) => [name, tf.clone(tensor)]));
  tf.dispose(kept);
  return { value, gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])), measured };
}

/**
 * One optimizer step as one program: forward, backward, clipping, update. With `accumulated`, the gradients that
 * `compileAccumulate` summed are added in, and the sums start again at zero.
 *
 * Inputs beside the loss's own: `scale` (1 / total weight of all micro-batches), `lr`, `step`. Outputs: `loss`, `norm`,
 * and what the loss measured.
 */
export function compileStep<M extends Trainable>(
  engine: Engine,
  options: StepProgramOptions<M>,
  batch: Specs,
  accumulated: boolean,
): Promise<Program> {
  const { model, loss, optimizer, optimizerKey, clipNorm } = options;
  const trained = trainableSpecs(model);
  const slots = optimizer.init(trained);
  const step: Traceable = (state, inputs) => {
    const { value, gradients, measured } = lossAndGradients(options, state, inputs);
    const sums: Tensors = {};
    if (accumulated)
      for (const name of Object.keys(trained)) {
        gradients[name] = tf.add(gradients[name]!, state[`sum/${name}`]!);
        sums[`sum/${name}`] = tf.zerosLike(gradients[name]);
      }
    const group = grouping(trained);
    const grouped = group.pack(gradients);
    const norm = tf.sqrt(tf.addN(Object.values(grouped).map(sumOfSquares)));
    const clipped = clipNorm > 0 ? clip(grouped, norm, clipNorm) : grouped;
    const next = group.update(optimizer, state, clipped, { lr: inputs.lr!, step: inputs.step! });
    return { state: { ...next, ...sums }, outputs: { loss: value, norm, ...measured } };
  };
  return engine.compile(`step ${model.key} ${loss.key} ${optimizerKey} clip ${clipNorm}`, step, {
    state: { ...parameterTensorSpecs(model), ...slots, ...(accumulated ? accumulatorSpecs(model) : {}) },
    inputs: { ...batch, scale: SCALAR, lr: SCALAR, step: SCALAR },
  });
}

/** Adds one micro-batch's gradients to the sums. Outputs: `loss`, and what the loss measured. */
export function compileAccumulate<M extends Trainable>(
  engine: Engine,
  options: StepProgramOptions<M>,
  batch: Specs,
): Promise<Program> {
  const { model, loss } = options;
  const accumulate: Traceable = (state, inputs) => {
    const { value, gradients, measured } = lossAndGradients(options, state, inputs);
    const sums = Object.fromEntries(
      Object.entries(gradients).map(([name, gradient]) => [`sum/${name}`, tf.add(state[`sum/${name}`]!, gradient)]),
    );
    return { state: sums, outputs: { loss: value, ...measured } };
  };
  return engine.compile(`accumulate ${model.key} ${loss.key}`, accumulate, {
    state: { ...parameterTensorSpecs(model), ...accumulatorSpecs(model) },
    inputs: { ...batch, scale: SCALAR },
  });
}

/** Scales all gradients by min(1, clipNorm / norm), as torch.nn.utils.clip_grad_norm_ does (with its 1e-6). */
function clip(gradients: Tensors, norm: Tensor, clipNorm: number): Tensors {
  const factor = tf.minimum(tf.div(clipNorm, tf.add(norm, 1e-6)), 1);
  return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)]));
}
