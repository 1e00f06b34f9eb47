import type { Metadata } from '../file.ts';

/** What `config.json` says of a network, in Hugging Face's words. */
export type HfConfig = Readonly<Record<string, unknown>>;

/** A tensor's rows and columns, or values where it has one axis. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** How llama.cpp holds an architecture. */
export interface Family {
  /** `config.json` without its special tokens. @param has is there such a tensor? */
  config(metadata: Metadata, has: (tensor: string) => boolean, file: string): HfConfig;
  /** The other way round: what stands under `ARCHITECTURE.` in the file, integers and floats. */
  metadata(config: HfConfig): { readonly integers: Record<string, number>; readonly floats: Record<string, number> };
  /** Names of parameters here, their parts, and what those are called there; `{l}` is the layer. */
  readonly names: Readonly<Record<string, string>>;
  /** Does the row or column order of a parameter differ? From the file's to Hugging Face's, and back. */
  fromFile(name: string, tensor: Tensor, config: HfConfig): Tensor;
  toFile(name: string, tensor: Tensor, config: HfConfig): Tensor;
  /** Tensors that files may hold beside the parameters. */
  readonly beside: RegExp;
}

/** Rows in another order: the one at `i` is the one that was at `from(i)`. Of a tensor with one axis a row is one value. */
export function reordered({ shape, data }: Tensor, from: (row: number) => number): Tensor {
  const width = data.length / shape[0]!;
  const into = new Float32Array(data.length);
  for (let row = 0; row < shape[0]!; row++)
    into.set(data.subarray(from(row) * width, (from(row) + 1) * width), row * width);
  return { shape, data: into };
}

/** [R, C] -> [C, R]. */
export function transposed({ shape: [R = 0, C = 0], data }: Tensor): Tensor {
  const into = new Float32Array(data.length);
  for (let r = 0; r < R; r++) for (let c = 0; c < C; c++) into[c * R + r] = data[r * C + c]!;
  return { shape: [C, R], data: into };
}
