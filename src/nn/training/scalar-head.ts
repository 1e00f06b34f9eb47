import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { sizeOf } from '../../engine/index.ts';
import { linear } from '../../engine/ops.ts';
import type { Model, Parameters, ParameterTensors } from '../models/index.ts';

/** The head's own parameters: `NAME.weight` [C, 1] and `NAME.bias` [1], zero at first, so that every output is. */
const headSpecs = ({ width }: Model, name: string): Model['parameterSpecs'] => ({
  [`${name}.weight`]: { shape: [width, 1], init: () => 0 },
  [`${name}.bias`]: { shape: [1], init: () => 0 },
});

/** The model with one more output, a number for each position: a value, or the score of a text that ends there. */
export const withHead = (model: Model, name: string): Model => ({
  ...model,
  key: `${model.key} head ${name}`,
  parameterSpecs: { ...model.parameterSpecs, ...headSpecs(model, name) },
});

/** Initial parameters of the head alone. */
export const initHead = (model: Model, name: string): Parameters =>
  Object.fromEntries(
    Object.entries(headSpecs(model, name)).map(([key, { shape }]) => [
      key,
      { shape, data: new Float32Array(sizeOf(shape)) },
    ]),
  );

/** What the head says of each hidden state: [N, C] -> [N]. */
export const headOutput = (parameters: ParameterTensors, name: string, hidden: Tensor): Tensor =>
  tf.reshape(linear(hidden, parameters[`${name}.weight`]!, parameters[`${name}.bias`]!), [-1]);
