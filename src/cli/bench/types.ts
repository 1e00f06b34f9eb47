import type { Places } from './places.ts';
import type { Recipe } from './recipe.ts';
import type { Size, SizeName } from './sizes.ts';

/** A product [M, K] [K, N]. */
export type GemmShape = readonly [M: number, K: number, N: number];

/** What a child process is asked for, by kind. */
export interface Tasks {
  readonly gemm: { readonly shapes: readonly GemmShape[]; readonly seconds: number };
  readonly train: TrainingTask;
  readonly generate: { readonly size: Size; readonly seconds: number };
}

export interface TrainingTask {
  readonly size: Size;
  readonly recipe?: Recipe;
  /** Timed steps go on for so long, ... */
  readonly seconds: number;
  /** ... or are so many. */
  readonly steps?: number;
  /** Steps before the clock counts (default 2). The first one compiles. */
  readonly warmup?: number;
  /** A safetensors file with the initial parameters. */
  readonly init?: string;
}

/** What it answers. */
export interface Measured {
  readonly gemm: GemmResult;
  readonly train: TrainingResult;
  readonly generate: GenerationResult;
}

export interface GemmResult {
  /** What ran the products, and everything else in the same run. */
  readonly engine: { readonly backend: string; readonly description: string; readonly threads: number };
  /** The best of all shapes, 1e9 floating-point operations a second. */
  readonly gflops: number;
  readonly shapes: readonly { readonly shape: GemmShape; readonly gflops: number }[];
}

export interface TrainingResult {
  readonly parameters: number;
  readonly tokensPerStep: number;
  readonly steps: number;
  readonly warmup: number;
  readonly msPerStep: { readonly median: number; readonly min: number };
  /** Of all threads together, those that wait in a loop included: varies less than the wall's where others run too. */
  readonly cpuMsPerStep: number;
  readonly tokensPerSecond: number;
  /** Three times the matrix products of a forward pass, by the median step. */
  readonly gflops: number;
  /** Tracing and making the session. */
  readonly compileMs: number;
  /** Of the first steps, 20 at most. */
  readonly losses: readonly number[];
  /** The process's largest resident memory, and what of it was there before anything was computed. */
  readonly peakRssBytes: number;
  readonly importRssBytes: number;
}

export interface GenerationResult {
  /** Prompts that are continued together. */
  readonly rows: number;
  readonly promptTokens: number;
  readonly newTokens: number;
  /** Of all rows together, prompts read once with a KV cache. */
  readonly ms: number;
  readonly tokensPerSecond: number;
  /** The same tokens by a full forward pass over the prefix for each of them. */
  readonly recomputedMs: number;
  readonly speedUp: number;
  /** Share of the compared tokens that both ways agree on. */
  readonly agreement: number;
  readonly compileMs: number;
  /** Before anything was recomputed. */
  readonly peakRssBytes: number;
}

export interface SizeResult {
  readonly size: SizeName;
  readonly parameters: number;
  readonly training: TrainingResult & { /** Of the best product's speed. */ readonly gemmShare: number };
  readonly generation?: GenerationResult;
}

export interface BenchResults {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly platform: string;
    readonly node: string;
  };
  readonly gemm: GemmResult;
  /** Where the kernels of a training step and of generation ran, on a provider other than the CPU's. */
  readonly places?: Places;
  readonly sizes: readonly SizeResult[];
  /** The size that the ladder ended before, and why. */
  readonly stopped?: { readonly size: SizeName; readonly reason: string };
}

/** Tells a person what is going on. */
export type Note = (text: string) => void;
