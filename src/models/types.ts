import type { Tensor } from '@tensorflow/tfjs';
import type { z } from 'zod';
import { sizeOf } from '../engine/index.ts';
import type { Specs } from '../engine/index.ts';
import type { Rng } from '../lib/rng.ts';

/** Parameters as they stand on disk and in memory, under Hugging Face names without the `transformer.` prefix. */
export type Parameters = Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/** The same names, as tensors inside a program. */
export type ParameterTensors = Record<string, Tensor>;

/**
 * Called at every named activation (TransformerLens names: `blocks.0.hook_resid_post`). Whatever it returns takes the
 * activation's place, so the same hook captures and intervenes.
 */
export type Hook = (name: string, activation: Tensor) => Tensor;

export interface ParameterSpec {
  readonly shape: readonly number[];
  /** One element of the initial value. */
  readonly init: (rng: Rng) => number;
}

/** Keys and values of one layer, [B, H, P, D] each. */
export interface LayerCache {
  readonly key: Tensor;
  readonly value: Tensor;
}

export interface ForwardInputs {
  /** [B, T] int32. */
  readonly tokens: Tensor;
  /** [B, T] int32; 0..T-1 in every row when absent. */
  readonly positions?: Tensor;
  /** Keys and values of P earlier tokens, one entry a layer. */
  readonly past?: readonly LayerCache[];
  /** [B, 1, 1, P]: added to the scores against the past; 0 where a row has a token, `MASKED` where it has none. */
  readonly pastMask?: Tensor;
}

export interface ForwardOutputs {
  /** After the final normalisation, [B * T, C]. */
  readonly hidden: Tensor;
  /** Keys and values of the T tokens given, [B, H, T, D]. */
  readonly present: readonly LayerCache[];
}

/** An architecture with its sizes fixed: plain functions over named parameters. */
export interface Model {
  readonly kind: string;
  readonly vocabSize: number;
  readonly nPositions: number;
  readonly nLayer: number;
  readonly nHead: number;
  readonly headSize: number;
  readonly parameterSpecs: Readonly<Record<string, ParameterSpec>>;
  /** Names the architecture and every size: part of the key that programs are cached under. */
  readonly key: string;
  forward(parameters: ParameterTensors, inputs: ForwardInputs, hook?: Hook): ForwardOutputs;
  /** hidden [N, C] -> logits [N, V]. */
  logits(parameters: ParameterTensors, hidden: Tensor): Tensor;
  /** Floating-point operations of the matrix products in one forward pass over B sequences of T tokens, attention included. */
  forwardFlops(B: number, T: number): number;
}

export interface ModelDefinition<P extends z.ZodObject = z.ZodObject> {
  readonly summary: string;
  readonly params: P;
  create(params: z.output<P>, vocabSize: number): Model;
}

export const defineModel = <P extends z.ZodObject>(definition: ModelDefinition<P>): ModelDefinition<P> => definition;

/** Fresh parameters, drawn in the order of the specs: one stream per name, so that adding a layer changes no other. */
export function initParameters(model: Model, rng: Rng): Parameters {
  return Object.fromEntries(
    Object.entries(model.parameterSpecs).map(([name, { shape, init }]) => {
      const stream = rng.fork(name);
      return [name, { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => init(stream)) }];
    }),
  );
}

export const parameterCount = (model: Model): number =>
  Object.values(model.parameterSpecs).reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** The parameters as a program reads them. */
export const parameterTensorSpecs = (model: Model): Specs =>
  Object.fromEntries(
    Object.entries(model.parameterSpecs).map(([name, { shape }]) => [name, { shape, dtype: 'float32' as const }]),
  );
