import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import type { Engine, Program, Specs, Tensors } from '../../engine/index.ts';
import { sizeOf } from '../../engine/index.ts';
import { parameterTensorSpecs } from './types.ts';
import type { LayerCache, Model } from './types.ts';

/** The compiled halves of generation. The cache lives in plain arrays that JS fills: no program ever copies it. */
interface Compiler {
  readonly engine: Engine;
  readonly model: Model;
}

/**
 * What a program says of the next tokens: `logits` [B, V], or, where `isGreedy`, the `likeliest` [B] (the lower id of two), and the
 * `sum` of a row's logits [B], which is a number where all of them are.
 */
function predictions(logits: Tensor, isGreedy: boolean): Tensors {
  return isGreedy ? { likeliest: tf.argMax(logits, 1), sum: tf.sum(logits, 1) } : { logits };
}

const cacheTensors = (present: readonly LayerCache[]): Tensors =>
  Object.fromEntries(
    present.flatMap(({ key, value }, l) => [
      [`key.${l}`, key],
      [`value.${l}`, value],
    ]),
  );

/** tokens [B, T], last [B] (row of each prompt's last token) -> predictions there, and each layer's keys and values [B, H, T, D]. */
export function compilePrefill({ engine, model }: Compiler, B: number, T: number, isGreedy: boolean): Promise<Program> {
  return engine.compile(
    `prefill ${isGreedy} ${model.key}`,
    (parameters, inputs) => {
      const { hidden, present } = model.forward(parameters, { tokens: inputs.tokens! });
      const logits = model.logits(parameters, tf.gather(hidden, inputs.last!));
      return { outputs: { ...predictions(logits, isGreedy), ...cacheTensors(present) } };
    },
    {
      state: parameterTensorSpecs(model),
      inputs: { tokens: { shape: [B, T], dtype: 'int32' }, last: { shape: [B], dtype: 'int32' } },
    },
  );
}

/** One token a row: tokens, positions [B], mask [B, S], cache -> predictions, and each layer's new key and value. */
export function compileDecode({ engine, model }: Compiler, B: number, S: number, isGreedy: boolean): Promise<Program> {
  const { nKvHead: H, headSize: D, nLayer } = model;
  const cacheSpecs: Specs = Object.fromEntries(
    Array.from({ length: nLayer }, (_, l) => [`key.${l}`, `value.${l}`])
      .flat()
      .map((name) => [name, { shape: [B, H, S, D], dtype: 'float32' as const }]),
  );
  return engine.compile(
    `decode ${isGreedy} ${model.key}`,
    (parameters, inputs) => {
      const past = Array.from({ length: nLayer }, (_, l) => ({
        key: inputs[`key.${l}`]!,
        value: inputs[`value.${l}`]!,
      }));
      const { hidden, present } = model.forward(parameters, {
        tokens: tf.reshape(inputs.tokens!, [B, 1]),
        positions: tf.reshape(inputs.positions!, [B, 1]),
        past,
        pastMask: tf.reshape(inputs.mask!, [B, 1, 1, S]),
      });
      const said = predictions(model.logits(parameters, hidden), isGreedy);
      return { outputs: { ...said, ...cacheTensors(present) } };
    },
    {
      state: parameterTensorSpecs(model),
      inputs: {
        tokens: { shape: [B], dtype: 'int32' },
        positions: { shape: [B], dtype: 'int32' },
        mask: { shape: [B, S], dtype: 'float32' },
        ...cacheSpecs,
      },
    },
  );
}

/** Bytes of one batch's KV cache: what generation needs beside the parameters. */
export const cacheBytes = ({ nLayer, nKvHead, headSize }: Model, B: number, S: number): number =>
  4 * 2 * nLayer * sizeOf([B, nKvHead, S, headSize]);
