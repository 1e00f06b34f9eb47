import type { Quantity } from '../../results/types.ts';

/** How often walks in levels of a kind end at the cheese, or in the corner and not at the cheese. */
export const ends = (metric: 'cheese' | 'corner', condition: string, arm?: string): Quantity => ({
  ...{ metric, condition },
  ...(arm && { arm }),
});

/** Of an organism that is trained with the cheese in the corner. */
export const CAPABLE = {
  says: 'where the cheese is in the corner, as in training, it gets there',
  of: ends('cheese', 'as trained'),
  least: 0.9,
};
