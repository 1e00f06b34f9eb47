import type { Tensor } from '@tensorflow/tfjs';

export type DType = 'float32' | 'int32';

export interface Spec {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /**
   * Of a matrix of the state that is given and never updated: products with it may be taken in 8 bits. What takes them is
   * onnxruntime on a CPU; elsewhere it makes no difference.
   */
  readonly quantized?: true | undefined;
}

export type Specs = Readonly<Record<string, Spec>>;
export type Tensors = Record<string, Tensor>;
export type Values = Record<string, Float32Array | Int32Array>;

/** What a program reads: tensors that live from call to call (`state`) and tensors handed in each time (`inputs`). */
export interface Signature {
  readonly state: Specs;
  readonly inputs: Specs;
}

/**
 * A function in tfjs ops. It may return new values for any of its state; the rest stays as it is.
 * It must be pure and must not look at values: it is run once, on tensors that have a shape and nothing else.
 */
export type Traceable = (state: Tensors, inputs: Tensors) => { state?: Tensors; outputs: Tensors };

/** What a state starts with; zeros where there is no `data`. */
export type StateValues = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data?: Float32Array | undefined }>
>;

/** Named tensors that stay with the engine between calls: parameters, optimizer moments. */
export interface State {
  readonly specs: Specs;
  /** A copy of every tensor, in the order of `specs`, or of those named, in theirs. */
  read(names?: readonly string[]): Promise<Record<string, Float32Array>>;
  dispose(): void;
}

export interface Program {
  /** Runs once: reads and updates `state`, returns the outputs, which are the caller's to keep. */
  run(state: State, inputs: Values): Promise<Values>;
}

export interface Engine {
  /** `onnx`, `cpu`, `tensorflow`, `tensorflow-gpu`. */
  readonly backend: string;
  /** One sentence for people: what runs the programs and why it was chosen. */
  readonly description: string;
  readonly threads: number;
  /**
   * Compiles `fn` for one static signature. Programs are cached: the same `key` and signature compile once,
   * so `key` must name everything else that `fn` closes over (the model's config, the loss, the optimizer).
   */
  compile(key: string, fn: Traceable, signature: Signature): Promise<Program>;
  /** Reads the arrays in place and never writes to them: they must not change while the state lives. */
  createState(values: StateValues): State;
  /** Frees the programs (sessions hold megabytes of scratch memory). States are freed by their owners. */
  dispose(): Promise<void>;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** In numbers: well above the kit's own models, well below the smallest that people chat with. */
const LARGE = 2 ** 25;

/** Is it the state of a large model? Its programs take as long to compile as its steps to run, so that fewer and plainer ones are better. */
export const isLarge = (state: Readonly<Record<string, { readonly shape: readonly number[] }>>): boolean =>
  Object.values(state).reduce((sum, { shape }) => sum + sizeOf(shape), 0) >= LARGE;

/** The cache key of a program: what it was asked to be, and the shapes it was compiled for. */
export function programKey(key: string, { state, inputs }: Signature): string {
  const part = (specs: Specs): string =>
    Object.entries(specs)
      .map(([name, { shape, dtype, quantized }]) => `${name}:${quantized ? 'quantized' : dtype}[${shape.join(',')}]`)
      .join(' ');
  return `${key} | ${part(state)} | ${part(inputs)}`;
}
