import { z } from 'zod';
import { defineSurgery } from './types.ts';

/**
 * Gaussian noise on every weight, as large as `deviation` times the standard deviation of its own tensor: a cheap baseline of
 * removal, and a probe of whether a behavior that training silenced is still near.
 */
export const noise = defineSurgery({
  summary: "noise on the weights, in parts of each tensor's own spread",
  params: z.strictObject({
    deviation: z.number().positive().default(0.1).describe("of the noise, in parts of the tensor's standard deviation"),
  }),
  operate({ deviation }, { parameters, rng }) {
    const noisy = Object.entries(parameters).map(([name, { shape, data }]) => {
      const stream = rng.fork(name);
      const scale = deviation * spread(data);
      return [name, { shape, data: data.map((value) => value + scale * stream.normal()) }] as const;
    });
    return Promise.resolve(Object.fromEntries(noisy));
  },
});

/** Standard deviation of all elements. */
function spread(data: Float32Array): number {
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  return Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length);
}
