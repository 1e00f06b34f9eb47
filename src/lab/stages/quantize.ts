import { z } from 'zod';
import { defineSurgery, isMatrix } from './types.ts';

/**
 * Round-to-nearest quantization of weights, a cheap baseline: every matrix is rounded to 2^bits - 1 levels, symmetric about zero,
 * with one scale for each output channel of a projection (a column of GPT-2's matrices, a row of the other architectures'). Stored
 * as the floats that the levels stand for. Vectors stay. Left out: activations, and calibration on data (GPTQ and its kin).
 */
export const quantize = defineSurgery({
  summary: 'every matrix rounded to a few levels',
  params: z.strictObject({
    bits: z.int().min(2).max(16).default(4).describe('of a weight: 2^bits - 1 levels'),
  }),
  operate({ bits }, { model, parameters }) {
    const levels = 2 ** (bits - 1) - 1;
    const rounded = Object.entries(parameters).map(([name, tensor]) => {
      if (!isMatrix(tensor)) return [name, tensor] as const;
      const [rows = 0, columns = 0] = tensor.shape;
      const channelOf = (i: number): number => (model.layout === 'in-out' ? i % columns : Math.floor(i / columns));
      const largest = new Float32Array(Math.max(rows, columns));
      tensor.data.forEach((value, i) => (largest[channelOf(i)] = Math.max(largest[channelOf(i)]!, Math.abs(value))));
      const data = tensor.data.map((value, i) => {
        const step = largest[channelOf(i)]! / levels;
        return step === 0 ? 0 : Math.round(value / step) * step;
      });
      return [name, { ...tensor, data }] as const;
    });
    return Promise.resolve(Object.fromEntries(rounded));
  },
});
