import type { Tensor } from '@tensorflow/tfjs';
import type { z } from 'zod';
import { sizeOf } from '../../engine/index.ts';
import type { Specs } from '../../engine/index.ts';
import type { Rng } from '../../lib/rng.ts';

/** Parameters as they stand on disk and in memory, under Hugging Face names without the `transformer.` prefix. */
export type Parameters = Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/** The same names, as tensors inside a program. */
export type ParameterTensors = Record<string, Tensor>;

/**
 * Called at every named activation (TransformerLens names: `blocks.0.hook_resid_post`). Whatever it returns takes the
 * activation's place, so the same hook captures and intervenes.
 */
export type Hook = (name: string, activation: Tensor) => Tensor;

/** Where nobody looks. */
export const unhooked: Hook = (_name, activation) => activation;

/** The hook as a part of the model calls it, by names within that part. */
export const within = (hook: Hook, part: string): Hook =>
  hook === unhooked ? unhooked : (name, activation) => hook(`${part}.${name}`, activation);

export interface ParameterSpec {
  readonly shape: readonly number[];
  /** One element of the initial value. */
  readonly init: (rng: Rng) => number;
  /** It is frozen, and products with it may be taken in 8 bits. */
  readonly quantized?: true;
}

/** Keys and values of one layer, [B, H, P, D] each, of the `nKvHead` heads that have some. */
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
  /** [B, 1, T, P + T]: added to all scores; takes the place of `pastMask` and of the causal mask. */
  readonly mask?: Tensor;
}

export interface ForwardOutputs {
  /** After the final normalisation, [B * T, C]. */
  readonly hidden: Tensor;
  /** Keys and values of the T tokens given, [B, H, T, D] with H `nKvHead`. */
  readonly present: readonly LayerCache[];
}

/** An architecture with its sizes fixed: plain functions over named parameters. */
export interface Model {
  readonly kind: string;
  readonly vocabSize: number;
  readonly nPositions: number;
  readonly nLayer: number;
  readonly nHead: number;
  /** Heads that have keys and values of their own; a divisor of `nHead`, whose heads share them evenly. */
  readonly nKvHead: number;
  readonly headSize: number;
  /** C, channels of the residual stream. */
  readonly width: number;
  readonly parameterSpecs: Readonly<Record<string, ParameterSpec>>;
  /** Parameters that training leaves alone; none where absent. */
  readonly frozen?: ReadonlySet<string>;
  /** How the weights of its linear maps lie, see `project`; `out-in` where absent. */
  readonly layout?: 'in-out' | 'out-in';
  /** Names the architecture and every size: part of the key that programs are cached under. */
  readonly key: string;
  /** What `config.json` says of the network; the ids of special tokens are not its own. */
  readonly hfConfig: Readonly<Record<string, unknown>>;
  forward(parameters: ParameterTensors, inputs: ForwardInputs, hook?: Hook): ForwardOutputs;
  /** hidden [N, C] -> logits [N, V]. */
  logits(parameters: ParameterTensors, hidden: Tensor): Tensor;
  /** Floating-point operations of the matrix products in one forward pass over B sequences of T tokens, attention included. */
  forwardFlops(B: number, T: number): number;
}

/** What the training loop asks of a network; what goes in and comes out is its loss's business. */
export type Trainable = Pick<Model, 'key' | 'parameterSpecs' | 'frozen'>;

/** How Hugging Face folders hold an architecture. */
export interface HfFormat<P> {
  /** `model_type` in `config.json`. */
  readonly modelTypes: readonly string[];
  /**
   * The parts of `config.json` that the network depends on, refused where they describe a network that is not this one; the rest
   * is ignored.
   */
  readonly config: z.ZodType<{ readonly params: P; readonly vocabSize: number }>;
  /** Stands before every parameter's name on disk; where files are in use without it, they are read too. */
  readonly prefix: string;
  /** What files may hold beside parameters: masks, which are constants, and second copies of tied weights. */
  readonly notParameters: RegExp;
}

export interface ModelDefinition<P extends z.ZodObject = z.ZodObject> {
  readonly summary: string;
  readonly params: P;
  readonly hf: HfFormat<z.output<P>>;
  create(params: z.output<P>, vocabSize: number): Model;
}

export const defineModel = <P extends z.ZodObject>(definition: ModelDefinition<P>): ModelDefinition<P> => definition;

/** Fresh parameters, drawn in the order of the specs: one stream per name, so that adding a layer changes no other. */
export function initParameters(model: Trainable, rng: Rng): Parameters {
  return Object.fromEntries(
    Object.entries(model.parameterSpecs).map(([name, { shape, init }]) => {
      const stream = rng.fork(name);
      return [name, { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => init(stream)) }];
    }),
  );
}

/** The same for the same network, in whatever order its sizes were given. */
export const modelKey = (kind: string, config: object): string => {
  const sizes = Object.entries(config).filter(([, size]) => size !== undefined);
  return `${kind} ${JSON.stringify(Object.fromEntries(sizes.sort(([a], [b]) => (a < b ? -1 : 1))))}`;
};

export const parameterCount = (model: Model): number => valueCount(model.parameterSpecs);

/** How many values tensors of these shapes have. */
export const valueCount = (tensors: Readonly<Record<string, { readonly shape: readonly number[] }>>): number =>
  Object.values(tensors).reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** What a step differentiates, updates and keeps an optimizer's slots for. */
export const trainableSpecs = (model: Trainable): Specs =>
  Object.fromEntries(Object.entries(parameterTensorSpecs(model)).filter(([name]) => !model.frozen?.has(name)));

/** The parameters as a program reads them. */
export const parameterTensorSpecs = (model: Trainable): Specs =>
  Object.fromEntries(
    Object.entries(model.parameterSpecs).map(([name, { shape, quantized }]) => [
      name,
      { shape, dtype: 'float32' as const, ...(quantized && { quantized }) },
    ]),
  );
