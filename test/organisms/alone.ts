import type { Surroundings } from '../../src/organisms/types.ts';

/** For organisms that bring their world along: they ask their lab for nothing. */
export const alone: Surroundings = { seed: 1, bench: () => Promise.reject(new Error('it has a world of its own')) };
