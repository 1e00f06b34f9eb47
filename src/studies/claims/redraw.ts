import type { Rng } from '../../lib/rng.ts';
import { Z } from '../../results/stats.ts';
import type { Row } from '../../results/types.ts';

/**
 * What a row might have been on other prompts. A rate is drawn from its posterior under Jeffreys' prior, Beta(s + 1/2,
 * n - s + 1/2), so that 500 of 500 is not taken for certainty as resampling the 500 would; a mean from the normal
 * distribution that its interval describes.
 */
export function redraw({ value, low, high, n, successes }: Row, rng: Rng): number {
  if (successes === undefined) return value + ((high - low) / (2 * Z)) * rng.normal();
  return beta(successes + 0.5, n - successes + 0.5, rng);
}

/** Beta(a, b), of two gamma draws. */
export function beta(a: number, b: number, rng: Rng): number {
  const x = gamma(a, rng);
  return x / (x + gamma(b, rng));
}

/** Gamma with shape `a` and scale 1 (Marsaglia & Tsang 2000; below 1 by their boost from a + 1). */
function gamma(a: number, rng: Rng): number {
  if (a < 1) return gamma(a + 1, rng) * (1 - rng.next()) ** (1 / a);
  const d = a - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = rng.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - rng.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
