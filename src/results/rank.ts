import { sampleRankCorrelation } from 'simple-statistics';

/** Spearman's rank correlation; equal values share the mean of their ranks. NaN where one side is constant. */
export function spearman(x: readonly number[], y: readonly number[]): number {
  if (x.length !== y.length) throw new RangeError(`not pairs: ${x.length} and ${y.length} values`);
  const rho = x.length < 2 ? NaN : sampleRankCorrelation([...x], [...y]);
  return Math.min(1, Math.max(-1, rho)); // rounding may leave it a hair beyond
}
