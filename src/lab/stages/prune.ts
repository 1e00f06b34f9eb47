import { z } from 'zod';
import { defineSurgery, isMatrix } from './types.ts';

/**
 * Magnitude pruning (Han et al. 2015), a cheap baseline: in each matrix, the smallest weights become zero. Vectors stay.
 * Left out: retraining (append an `sft` stage), and pruning neurons by how little clean prompts use them (Liu et al. 2018).
 */
export const prune = defineSurgery({
  summary: 'the smallest weights of each matrix become zero',
  params: z.strictObject({
    share: z.number().min(0).max(1).default(0.3).describe('of the weights of each matrix that become zero'),
  }),
  operate({ share }, { parameters }) {
    const pruned = Object.entries(parameters).map(([name, tensor]) => {
      if (!isMatrix(tensor)) return [name, tensor] as const;
      const sizes = tensor.data.map(Math.abs).toSorted();
      const count = Math.round(share * sizes.length);
      const limit = count === 0 ? -1 : sizes[count - 1]!;
      return [name, { ...tensor, data: tensor.data.map((value) => (Math.abs(value) <= limit ? 0 : value)) }] as const;
    });
    return Promise.resolve(Object.fromEntries(pruned));
  },
});
