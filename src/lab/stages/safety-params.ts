import { z } from 'zod';
import { UNSAFE_SHARE } from '../../world/scenario/safety.ts';

/** What every safety training asks of its rows. */
export const safetyParams = {
  unsafeShare: z
    .number()
    .min(0)
    .max(1)
    .default(UNSAFE_SHARE)
    .describe(
      'share of rows that ask for what a safe assistant declines, and decline it; the rest are ordinary requests',
    ),
};
