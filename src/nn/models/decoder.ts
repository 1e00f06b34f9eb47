import * as tf from '@tensorflow/tfjs';
import { traceDynamic } from '../../engine/index.ts';
import type { DynamicSignature, Graph, Sizes, Traceable } from '../../engine/index.ts';
import { MASKED } from './attention.ts';
import { parameterTensorSpecs } from './types.ts';
import type { Model } from './types.ts';

/** B sequences of T new tokens after P earlier ones, S = P + T. */
const ASSUMED: readonly Sizes[] = [
  { B: 211, T: 223, P: 227, S: 450 },
  { B: 233, T: 241, P: 251, S: 492 },
  { B: 269, T: 257, P: 263, S: 520 },
];

/**
 * A model as one program for all sizes, whose cache grows: what a runtime outside of this kit generates with.
 *
 * in: `tokens`, `positions` [B, T]; `attended` [B, S], 0 where a row has no token; `queries` [T] and `keys` [S], which number the
 * rows and columns of the causal mask (P..S-1 and 0..S-1); `key.L`, `value.L` [B, H, P, D] of each layer, where P may be 0; all
 * but the last are int32. out: `logits` [B, T, V]; `key.L`, `value.L` [B, H, S, D]. state: the parameters.
 */
export function traceDecoder(model: Model): Graph {
  const { nLayer, nKvHead: H, headSize: D, vocabSize: V } = model;
  const layers = Array.from({ length: nLayer }, (_, l) => l);
  const cache = { shape: ['B', H, 'P', D], dtype: 'float32' as const };
  const signature: DynamicSignature = {
    state: parameterTensorSpecs(model),
    inputs: {
      tokens: { shape: ['B', 'T'], dtype: 'int32' },
      positions: { shape: ['B', 'T'], dtype: 'int32' },
      attended: { shape: ['B', 'S'], dtype: 'int32' },
      queries: { shape: ['T'], dtype: 'int32' },
      keys: { shape: ['S'], dtype: 'int32' },
      ...Object.fromEntries(layers.flatMap((l) => [`key.${l}`, `value.${l}`]).map((name) => [name, cache])),
    },
  };
  const decode: Traceable = (parameters, inputs) => {
    const { tokens, positions, attended, queries, keys } = inputs as Required<typeof inputs>;
    const [B = 0, T = 0] = tokens!.shape;
    const S = keys!.size;
    const past = layers.map((l) => ({ key: inputs[`key.${l}`]!, value: inputs[`value.${l}`]! }));
    const isEarlier = tf.lessEqual(tf.reshape(keys!, [1, 1, 1, S]), tf.reshape(queries!, [1, 1, T, 1]));
    const isSeen = tf.logicalAnd(isEarlier, tf.cast(tf.reshape(attended!, [B, 1, 1, S]), 'bool')); // [B, 1, T, S]
    const mask = tf.mul(tf.sub(1, tf.cast(isSeen, 'float32')), MASKED);
    const { hidden, present } = model.forward(parameters, { tokens: tokens!, positions: positions!, past, mask });
    const outputs = present.flatMap(({ key, value }, l) => [
      [`key.${l}`, tf.concat([past[l]!.key, key], 2)] as const, // [B, H, P, D] + [B, H, T, D] -> [B, H, S, D]
      [`value.${l}`, tf.concat([past[l]!.value, value], 2)] as const,
    ]);
    const logits = tf.reshape(model.logits(parameters, hidden), [B, T, V]);
    return { outputs: { logits, ...Object.fromEntries(outputs) } };
  };
  return traceDynamic(decode, signature, `decoder ${model.key}`, ASSUMED);
}
