import { models } from '../../nn/models/index.ts';
import type { Model } from '../../nn/models/index.ts';

/** A GPT-2 and the work it is measured at. */
export interface Size {
  readonly vocabSize: number;
  readonly nLayer: number;
  readonly nHead: number;
  readonly nEmbd: number;
  readonly nPositions: number;
  /** `gelu_new` where it is left out. */
  readonly activation?: 'gelu_new' | 'relu2';
  /** Of a training step: B sequences of T tokens. */
  readonly B: number;
  readonly T: number;
  readonly promptTokens: number;
  readonly newTokens: number;
}

const generation = { promptTokens: 32, newTokens: 96 };

/**
 * Small to large; from 1M on in the widths that runtimes like, multiples of 128 and heads of 64 channels. `1M` is the default
 * experiment's model, `3M` the reference step of scripts/bench, `124M` is GPT-2.
 */
export const sizes = {
  '0.4M': { vocabSize: 512, nLayer: 3, nHead: 3, nEmbd: 96, nPositions: 128, B: 16, T: 128, ...generation },
  '1M': { vocabSize: 1024, nLayer: 4, nHead: 2, nEmbd: 128, nPositions: 96, B: 32, T: 96, promptTokens: 32, newTokens: 64 }, // prettier-ignore
  '3M': { vocabSize: 2048, nLayer: 3, nHead: 4, nEmbd: 256, nPositions: 128, B: 16, T: 128, ...generation },
  '10M': { vocabSize: 8192, nLayer: 4, nHead: 6, nEmbd: 384, nPositions: 256, B: 8, T: 256, ...generation },
  '30M': { vocabSize: 8192, nLayer: 8, nHead: 8, nEmbd: 512, nPositions: 256, B: 8, T: 256, ...generation },
  // one recomputed token of 64 rows costs a trillion operations: fewer of them
  '124M': { vocabSize: 50257, nLayer: 12, nHead: 12, nEmbd: 768, nPositions: 1024, B: 4, T: 256, promptTokens: 32, newTokens: 32 }, // prettier-ignore
} as const satisfies Readonly<Record<string, Size>>;

export type SizeName = keyof typeof sizes;

export const sizeNames = Object.keys(sizes) as SizeName[];

export function modelOf({ vocabSize, nLayer, nHead, nEmbd, nPositions, activation = 'gelu_new' }: Size): Model {
  return models.gpt2.create(models.gpt2.params.parse({ nLayer, nHead, nEmbd, nPositions, activation }), vocabSize);
}

/** Sequences that generation continues together. */
export const ROWS = 64;
