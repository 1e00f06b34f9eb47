import os from 'node:os';
import { cacheBytes } from '../../nn/models/generation-programs.ts';
import { parameterCount } from '../../nn/models/index.ts';
import { trainingBytes } from '../../lab/check/memory.ts';
import { adapted, optionsOf } from './recipe.ts';
import type { Recipe } from './recipe.ts';
import { modelOf, ROWS } from './sizes.ts';
import type { Size } from './sizes.ts';

/** The process's largest resident memory so far. */
export const peakRssBytes = (): number => process.resourceUsage().maxRSS * 1024;

/** What could be had without swapping. macOS counts its file cache as used: there, half of what is built in. */
export const availableBytes = (): number =>
  process.platform === 'darwin' ? os.totalmem() / 2 : process.availableMemory();

/** Node, the libraries and a compiled program. */
const PROCESS_BYTES = 220e6;
/** A decoding step's old cache, as the engine holds it and as it was handed over. */
const CACHE_COPIES = 2;

/** Roughly what training takes. */
export function trainingNeeds(size: Size, recipe: Recipe = {}): number {
  const { optimizer, accumulate } = optionsOf(size, recipe);
  const model = adapted(modelOf(size), recipe);
  return PROCESS_BYTES + trainingBytes({ model, optimizer, accumulate, B: size.B, T: size.T });
}

/** Roughly what training or generation takes, whichever is more. */
export function neededBytes(size: Size, recipe: Recipe = {}): number {
  const plain = modelOf(size);
  const cache = cacheBytes(plain, ROWS, size.promptTokens + size.newTokens);
  return Math.max(trainingNeeds(size, recipe), PROCESS_BYTES + 4 * parameterCount(plain) + CACHE_COPIES * cache);
}
