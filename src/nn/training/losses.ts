import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { crossEntropy } from '../../engine/ops.ts';
import type { Specs, State, Tensors, Values } from '../../engine/index.ts';
import type { Batch, BatchSource, BatchState } from '../../world/scenario/batches.ts';
import type { Model, ParameterTensors, Trainable } from '../models/index.ts';

/** A batch as a program reads it. */
export interface LossInputs {
  readonly specs: Specs;
  readonly values: Values;
  /** What the summed loss is divided by: the number of loss-bearing tokens (or pairs, or episodes). */
  readonly weight: number;
  /** Loss-bearing tokens, where that is not what the weight counts. */
  readonly lossTokens?: number;
  /** Tokens that went through the model, padding included: the unit of throughput. */
  readonly tokens: number;
  /** Of the schedule's learning rate (default 1); 0: the step changes nothing. */
  readonly lrFactor?: number;
  /** What else the log should keep of this step: a rollout's mean reward, a red team's yield. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Called with what else the log should keep of a step; summed over the batch and divided by its weight, as the loss is. */
export type Measure = (name: string, sum: Tensor) => void;

/** What a stage minimises. SFT, DPO and RL differ here and in where their batches come from, and nowhere else. */
export interface Loss<M extends Trainable = Model> {
  /** Names everything the loss closes over: programs are cached by it. */
  readonly key: string;
  /** Sum over the batch, not yet divided by its weight, so that micro-batches add up. */
  total(model: M, parameters: ParameterTensors, inputs: Tensors, measure?: Measure): Tensor;
}

/** Where a stage's batches come from; `state` and `restore` are its cursor in a checkpoint (plain JSON). */
export interface InputSource {
  next(): LossInputs | Promise<LossInputs>;
  state(): unknown;
  restore(state: unknown): void;
}

/** Batches made by the policy itself, as it stands when they are asked for: rollouts, attacks on it. */
export type PolicySource = (policy: State) => InputSource;

/** Rows of the logits are computed in multiples of this, so that few program shapes occur. */
const ROW_BUCKET = 256;

/**
 * What a model says where a batch bears loss: logits [K, V] with the targets [K] int32 and weights [K] that belong to them.
 * Only those rows are turned into logits: `rows` [K] int32 points into the B * T positions.
 */
export function lossRows(
  model: Model,
  parameters: ParameterTensors,
  inputs: Tensors,
): Readonly<Record<'logits' | 'targets' | 'weights', Tensor>> {
  const { hidden } = model.forward(parameters, { tokens: inputs.tokens! });
  const logits = model.logits(parameters, tf.gather(hidden, inputs.rows!)); // [B * T, C] -> [K, C] -> [K, V]
  return { logits, targets: inputs.targets!, weights: inputs.weights! };
}

/** Next-token cross-entropy on the completion tokens, summed. */
export const languageModelLoss: Loss = {
  key: 'language-model',
  total(model, parameters, inputs) {
    const { logits, targets, weights } = lossRows(model, parameters, inputs);
    return crossEntropy(logits, targets, weights);
  },
};

/** The loss-bearing rows of a padded batch, padded in turn to a multiple of `ROW_BUCKET` with weight 0. */
export function languageModelInputs({
  tokens,
  targets,
  weights,
  B,
  T,
}: Omit<Batch, 'lossTokens' | 'inputTokens'>): LossInputs {
  const bearing = Array.from(weights.keys()).filter((i) => weights[i] !== 0);
  const K = Math.min(B * T, Math.max(1, Math.ceil(bearing.length / ROW_BUCKET)) * ROW_BUCKET);
  const rows = new Int32Array(K);
  const rowTargets = new Int32Array(K);
  const rowWeights = new Float32Array(K);
  let weight = 0;
  bearing.forEach((at, k) => {
    rows[k] = at;
    rowTargets[k] = targets[at]!;
    rowWeights[k] = weights[at]!;
    weight += weights[at]!;
  });
  return {
    specs: {
      tokens: { shape: [B, T], dtype: 'int32' },
      rows: { shape: [K], dtype: 'int32' },
      targets: { shape: [K], dtype: 'int32' },
      weights: { shape: [K], dtype: 'float32' },
    },
    values: { tokens, rows, targets: rowTargets, weights: rowWeights },
    weight,
    tokens: B * T,
  };
}

/** Batches of examples as the language-model loss reads them. */
export const languageModelSource = (batches: BatchSource): Omit<InputSource, 'next'> & { next(): LossInputs } => ({
  next: () => languageModelInputs(batches.next()),
  state: () => batches.state(),
  restore: (state) => batches.restore(state as BatchState),
});
