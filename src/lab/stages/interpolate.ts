import { z } from 'zod';
import { UserError } from '../../lib/errors.ts';
import { defineSurgery } from './types.ts';

/**
 * Weights moved toward those of the base, as far along the straight line as `share` says: 1 is the base itself, so that on the
 * organism it subtracts the whole update of the implant (Wortsman et al. 2022, WiSE-FT; Ilharco et al. 2023, task arithmetic). A
 * cheap defense for whoever has the base, and a removal that is known to be one.
 */
export const interpolate = defineSurgery({
  summary: 'weights moved toward those of the base',
  params: z.strictObject({
    share: z.number().min(0).max(1).default(0.5).describe('of the way to the base; 1: the base itself'),
  }),
  operate({ share }, { parameters, base }) {
    const origin = base?.();
    if (!origin)
      throw new UserError('interpolate: among the stages of the base; there is no base to go back to yet', 2);
    const moved = Object.entries(parameters).map(([name, { shape, data }]) => {
      const target = origin[name]!.data;
      return [name, { shape, data: data.map((value, i) => (1 - share) * value + share * target[i]!) }] as const;
    });
    return Promise.resolve(Object.fromEntries(moved));
  },
});
