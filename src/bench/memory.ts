import os from 'node:os';
import { cacheBytes } from '../models/generation-programs.ts';
import { parameterCount } from '../models/index.ts';
import type { Model } from '../models/index.ts';
import { modelOf, ROWS } from './sizes.ts';
import type { Size } from './sizes.ts';

/** The process's largest resident memory so far. */
export const peakRssBytes = (): number => process.resourceUsage().maxRSS * 1024;

/** What could be had without swapping. macOS counts its file cache as used: there, half of what is built in. */
export const availableBytes = (): number =>
  process.platform === 'darwin' ? os.totalmem() / 2 : process.availableMemory();

/** Node and the libraries. */
const PROCESS_BYTES = 200e6;
/** Initial values, weights and two moments (each old and new), gradients before and after clipping. */
const PARAMETER_COPIES = 9;
/** A decoding step's old cache, as the engine holds it and as it was handed over. */
const CACHE_COPIES = 2;

/** Roughly what training or generation takes, whichever is more. */
export function neededBytes(size: Size): number {
  const model = modelOf(size);
  const floats = PARAMETER_COPIES * parameterCount(model) + trainingActivations(model, size);
  const cache = cacheBytes(model, ROWS, size.promptTokens + size.newTokens);
  return PROCESS_BYTES + Math.max(4 * floats, 4 * 2 * parameterCount(model) + CACHE_COPIES * cache);
}

/** Kept for the backward pass: about 16 values a channel (Korthikanti et al. 2022), the attention pattern, the logits. */
const trainingActivations = ({ nHead, width, nLayer, vocabSize }: Model, { B, T }: Size): number =>
  B * T * ((16 * width + 2 * nHead * T) * nLayer + 3 * vocabSize);
