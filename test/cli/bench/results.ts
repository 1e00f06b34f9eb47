import type { GemmResult, GenerationResult, TrainingResult } from '../../../src/cli/bench/types.ts';

/** Made-up measurements with round numbers. */
export const product: GemmResult = {
  engine: { backend: 'onnx', description: 'an engine', threads: 2 },
  gflops: 400,
  shapes: [
    { shape: [512, 512, 512], gflops: 300 },
    { shape: [1024, 1024, 1024], gflops: 400 },
  ],
};

export const trained: TrainingResult = {
  parameters: 936_704,
  tokensPerStep: 2048,
  steps: 10,
  warmup: 2,
  msPerStep: { median: 200, min: 190 },
  cpuMsPerStep: 380,
  tokensPerSecond: 10_240,
  gflops: 100,
  compileMs: 420,
  losses: [6.9, 6.8],
  peakRssBytes: 500 * 2 ** 20,
  importRssBytes: 100 * 2 ** 20,
};

export const generated: GenerationResult = {
  rows: 64,
  promptTokens: 32,
  newTokens: 96,
  ms: 1000,
  tokensPerSecond: 6144,
  recomputedMs: 25_000,
  speedUp: 25,
  agreement: 1,
  compileMs: 300,
  peakRssBytes: 300 * 2 ** 20,
};
