import type { Size } from '../../../src/cli/bench/sizes.ts';

/** A GPT-2 that a test can train and run in no time. */
export const tiny: Size = {
  vocabSize: 32,
  nLayer: 1,
  nHead: 2,
  nEmbd: 8,
  nPositions: 24,
  B: 2,
  T: 8,
  promptTokens: 14,
  newTokens: 6,
};
