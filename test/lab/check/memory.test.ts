import { expect, it } from 'vitest';
import { trainingNeeds } from '../../../src/cli/bench/memory.ts';
import { modelOf, sizes } from '../../../src/cli/bench/sizes.ts';
import type { SizeName } from '../../../src/cli/bench/sizes.ts';
import { heldBytes, trainingBytes } from '../../../src/lab/check/memory.ts';
import { linearMaps, loraParams, withAdapter } from '../../../src/nn/models/lora.ts';
import { trainingParams } from '../../../src/nn/training/loop.ts';

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

it('what is read in 8 bits is there twice more, a byte a weight, and does not grow with the update', () => {
  const plain = modelOf(sizes['1M']);
  const { optimizer } = trainingParams.parse({});
  const bytes = (frozen: 'float32' | 'int8', of: typeof trainingBytes): number =>
    of({ model: withAdapter(plain, loraParams.parse({ frozen })), optimizer, accumulate: 1, B: 4, T: 32 });
  const weights = Object.values(linearMaps(plain)).reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0);
  for (const of of [heldBytes, trainingBytes])
    expect(bytes('int8', of) - bytes('float32', of)).toBeCloseTo(2 * weights, 3);
});
