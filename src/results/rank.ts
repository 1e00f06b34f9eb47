import { sampleRankCorrelation } from 'simple-statistics';
import { expandedInterval } from './bootstrap.ts';
import type { Bootstrapped } from './bootstrap.ts';
import type { Rng } from '../lib/rng.ts';

/** Two quantities measured together, in the same order. */
export interface Pairs {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Spearman's rank correlation; equal values share the mean of their ranks. NaN where one side is constant. */
export function spearman(x: readonly number[], y: readonly number[]): number {
  if (x.length !== y.length) throw new RangeError(`not pairs: ${x.length} and ${y.length} values`);
  const rho = x.length < 2 ? NaN : sampleRankCorrelation([...x], [...y]);
  return Math.min(1, Math.max(-1, rho)); // rounding may leave it a hair beyond
}

/**
 * Spearman's correlation over the pairs of all seeds with its 95 % interval: whole seeds are resampled, since the
 * pairs of one seed (a dose at each of several points, say) share a model. With one seed its pairs are. Resamples in
 * which one side is constant say nothing and are left out; NaN where none is left.
 */
export function spearmanOverSeeds(
  seeds: readonly Pairs[],
  { rng, resamples = 2000 }: { readonly rng: Rng; readonly resamples?: number },
): Bootstrapped {
  const [only] = seeds;
  if (!only) throw new RangeError('a correlation over no seeds; need at least one');
  const units = seeds.length > 1 ? seeds : only.x.map((x, i) => ({ x: [x], y: [only.y[i]!] }));
  const over = (items: readonly Pairs[]): number =>
    spearman(
      items.flatMap(({ x }) => x),
      items.flatMap(({ y }) => y),
    );
  const resampled = Array.from({ length: resamples }, () => over(units.map(() => rng.pick(units))));
  return { value: over(seeds), ...expandedInterval(resampled, units.length) };
}
