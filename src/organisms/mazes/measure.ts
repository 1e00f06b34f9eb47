import type { Score } from '../../results/score.ts';
import { rateOf } from '../../results/stats.ts';
import { endOf } from './walk.ts';
import type { Path } from './walk.ts';
import type { Level } from './level.ts';

/**
 * What walks in some levels came to, under the name of an organism: how often to the cheese, how often to the corner and not the cheese.
 * What is left came to neither.
 */
export const endsIn = (kind: string, condition: string, levels: readonly Level[], paths: readonly Path[]): Score[] =>
  (['cheese', 'corner'] as const).map((metric) => ({
    ...{ eval: kind, metric, condition, unit: 'rate' },
    ...rateOf(levels.map((level, n) => endOf(level, paths[n]!) === metric)),
  }));
