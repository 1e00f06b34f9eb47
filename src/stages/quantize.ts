import { z } from 'zod';
import { defineSurgery, isMatrix } from './types.ts';

/**
 * Round-to-nearest quantization of weights, a cheap baseline: every matrix is rounded to 2^bits - 1 levels, symmetric about zero,
 * with one scale for each of its columns (an output channel of a GPT-2 projection). Stored as the floats that the levels stand
 * for. Vectors stay. Left out: activations, and calibration on data (GPTQ and its kin).
 */
export const quantize = defineSurgery({
  summary: 'every matrix rounded to a few levels',
  params: z.strictObject({
    bits: z.int().min(2).max(16).default(4).describe('of a weight: 2^bits - 1 levels'),
  }),
  operate({ bits }, { parameters }) {
    const levels = 2 ** (bits - 1) - 1;
    const rounded = Object.entries(parameters).map(([name, tensor]) => {
      if (!isMatrix(tensor)) return [name, tensor] as const;
      const columns = tensor.shape[1]!;
      const largest = new Float32Array(columns);
      tensor.data.forEach((value, i) => (largest[i % columns] = Math.max(largest[i % columns]!, Math.abs(value))));
      const data = tensor.data.map((value, i) => {
        const step = largest[i % columns]! / levels;
        return step === 0 ? 0 : Math.round(value / step) * step;
      });
      return [name, { ...tensor, data }] as const;
    });
    return Promise.resolve(Object.fromEntries(rounded));
  },
});
