import os from 'node:os';
import { cacheBytes } from '../models/generation-programs.ts';
import { parameterCount } from '../models/index.ts';
import { trainingBytes } from '../check/memory.ts';
import { adapted, optionsOf } from './recipe.ts';
import type { Recipe } from './recipe.ts';
import { modelOf, ROWS } from './sizes.ts';
import type { Size } from './sizes.ts';

/** The process's largest resident memory so far. */
export const peakRssBytes = (): number => process.resourceUsage().maxRSS * 1024;

/** What could be had without swapping. macOS counts its file cache as used: there, half of what is built in. */
export const availableBytes = (): number =>
  process.platform === 'darwin' ? os.totalmem() / 2 : process.availableMemory();

/** Node and the libraries. */
const PROCESS_BYTES = 200e6;
/** A decoding step's old cache, as the engine holds it and as it was handed over. */
const CACHE_COPIES = 2;

/** Roughly what training or generation takes, whichever is more. */
export function neededBytes(size: Size, recipe: Recipe = {}): number {
  const plain = modelOf(size);
  const { optimizer, accumulate } = optionsOf(size, recipe);
  const training = trainingBytes({ model: adapted(plain, recipe), optimizer, accumulate, B: size.B, T: size.T });
  const cache = cacheBytes(plain, ROWS, size.promptTokens + size.newTokens);
  return PROCESS_BYTES + Math.max(training, 4 * parameterCount(plain) + CACHE_COPIES * cache);
}
