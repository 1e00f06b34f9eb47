import { expect, it } from 'vitest';
import { trainingNeeds } from '../../../src/cli/bench/memory.ts';
import { sizes } from '../../../src/cli/bench/sizes.ts';
import type { SizeName } from '../../../src/cli/bench/sizes.ts';

/** Largest resident memory, MiB, of a process that took two or more steps of AdamW on two threads (Node 20, onnxruntime 1.30, Linux). */
const MEASURED: readonly [SizeName, { B?: number; lora?: number }, number][] = [
  ['1M', {}, 392],
  ['3M', {}, 595],
  ['10M', { B: 1 }, 715],
  ['10M', {}, 1088],
  ['10M', { lora: 8 }, 758],
  ['30M', { B: 1 }, 1709],
  ['124M', { B: 1 }, 6509],
  ['124M', { B: 1, lora: 8 }, 970],
];

it.each(MEASURED)('%s, %j: %i MiB were measured, and foretold within a fifth', (name, { lora, ...rows }, mib) => {
  const foretold = trainingNeeds({ ...sizes[name], ...rows }, lora === undefined ? {} : { lora }) / 2 ** 20;
  expect(Math.abs(foretold / mib - 1)).toBeLessThan(0.2);
});
