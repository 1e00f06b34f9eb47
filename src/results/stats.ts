import { gammaln } from 'simple-statistics';

/** Intervals and tests for the numbers an experiment reports. All intervals are two-sided at 95 %. */

/** The 97.5 % point of the standard normal: standard deviations from the middle of a 95 % interval to its end. */
export const Z = 1.959963984540054;
export const ALPHA = 0.05;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A value with the sample size and the 95 % interval that belong to it. */
export interface Estimate extends Interval {
  readonly value: number;
  readonly n: number;
}

function expectCounts(successes: number, n: number): void {
  const whole = Number.isInteger(successes) && Number.isInteger(n);
  if (!whole || n < 1 || successes < 0 || successes > n)
    throw new RangeError(`not a rate: ${successes} of ${n}; need whole numbers, 0 <= successes <= n and n >= 1`);
}

/** Wilson's score interval of a proportion `p` of `n` (Wilson 1927; no continuity correction). */
export function wilson(p: number, n: number, z = Z): Interval {
  const center = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return { low: Math.max(0, (center - half) / scale), high: Math.min(1, (center + half) / scale) };
}

/**
 * The interval of a proportion `p` of `n`, neither of which need come from whole counts: Wilson's in between, and at 0 and 1
 * the exact two-sided bound (Clopper-Pearson, `1 - (alpha/2)^(1/n)`, about 3.7/n: a stricter rule of three), so that "none
 * seen" has an upper bound.
 */
export function proportion(p: number, n: number, alpha = ALPHA): Interval {
  const bound = 1 - (alpha / 2) ** (1 / n);
  if (p === 0) return { low: 0, high: bound };
  return p === 1 ? { low: 1 - bound, high: 1 } : wilson(p, n, zQuantile(alpha));
}

/** A rate as the report prints it. */
export function rate(successes: number, n: number): Estimate & { readonly successes: number } {
  expectCounts(successes, n);
  return { value: successes / n, n, successes, ...proportion(successes / n, n) };
}

/** The rate of yes among outcomes. */
export const rateOf = (outcomes: readonly boolean[]): ReturnType<typeof rate> =>
  rate(outcomes.filter(Boolean).length, outcomes.length);

/**
 * The mean of a sample with its 95 % interval: Student's t by default, `normal` where n is large or the interval must
 * match a z-based source. Throws RangeError below two values, where there is no interval.
 */
export function mean(values: readonly number[], distribution: 't' | 'normal' = 't'): Estimate {
  const n = values.length;
  const value = values.reduce((sum, x) => sum + x, 0) / n;
  const squares = values.reduce((sum, x) => sum + (x - value) ** 2, 0);
  return meanFromMoments(value, Math.sqrt(squares / (n - 1)), n, distribution);
}

/** As `mean`, from the sample's mean, standard deviation (n - 1 in the denominator) and size. */
export function meanFromMoments(
  value: number,
  deviation: number,
  n: number,
  distribution: 't' | 'normal' = 't',
): Estimate {
  if (!Number.isInteger(n) || n < 2) throw new RangeError(`no interval from ${n} values; a mean needs at least 2`);
  const half = ((distribution === 't' ? tQuantile(n - 1) : Z) * deviation) / Math.sqrt(n);
  return { value, n, low: value - half, high: value + half };
}

/**
 * McNemar's exact test on paired yes/no outcomes: the two-sided binomial probability (no mid-p) of a split of the
 * discordant pairs at least this uneven, had both directions been equally likely. 1 where no pair changed.
 */
export function mcnemar(onlyBefore: number, onlyAfter: number): number {
  const changed = onlyBefore + onlyAfter;
  if (changed === 0) return 1;
  expectCounts(onlyBefore, changed);
  let logTerm = -changed * Math.LN2; // log of C(changed, 0) / 2^changed
  let tail = Math.exp(logTerm);
  for (let i = 1; i <= Math.min(onlyBefore, onlyAfter); i++) {
    logTerm += Math.log((changed - i + 1) / i);
    tail += Math.exp(logTerm);
  }
  return Math.min(1, 2 * tail);
}

export interface CurvePoint {
  /** Dose: steps or tokens since the arm began. */
  readonly x: number;
  readonly y: number;
}

/** The x at which a curve, linear between its points, first reaches `level` from above or from below. NaN: never. */
export function firstReach(points: readonly CurvePoint[], level: number): number {
  const [first] = points;
  if (!first) return NaN;
  const above = first.y > level;
  const at = points.findIndex(({ y }) => (above ? y <= level : y >= level));
  const [before, after] = [points[at - 1], points[at]];
  if (!after) return NaN;
  if (!before || after.y === before.y) return after.x;
  return before.x + ((level - before.y) / (after.y - before.y)) * (after.x - before.x);
}

/**
 * The dose, counted from the first point, at which a curve first falls to half its first value; linear between
 * points. Null where it never does, or where there was nothing to halve.
 */
export function halfLife(curve: readonly CurvePoint[]): number | null {
  const points = curve.toSorted((a, b) => a.x - b.x);
  const [first] = points;
  const reached = first && first.y > 0 ? firstReach(points, first.y / 2) - first.x : NaN;
  return Number.isNaN(reached) ? null : reached;
}

/** The point that a standard normal exceeds, either way, with probability `alpha`: Student's t of so many degrees of freedom (to 1e-6). */
export const zQuantile = (alpha: number): number => (alpha === ALPHA ? Z : tQuantile(1e7, alpha));

/** A report asks for the same few again and again, and one takes a tenth of a millisecond. */
const quantiles = new Map<string, number>();

/** The point that Student's |t| exceeds with probability `alpha`. */
export function tQuantile(df: number, alpha = ALPHA): number {
  const key = `${df}/${alpha}`;
  const quantile = quantiles.get(key) ?? bisectT(df, alpha);
  quantiles.set(key, quantile);
  return quantile;
}

/** By bisection on the tail probability. */
function bisectT(df: number, alpha: number): number {
  let [low, high] = [0, 1];
  while (tTails(df, high) > alpha) high *= 2;
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (tTails(df, middle) > alpha) low = middle;
    else high = middle;
    if (middle === low && middle === high) break;
  }
  return (low + high) / 2;
}

/** P(|t| > x) of Student's t: I_{df / (df + x^2)}(df/2, 1/2). */
export const tTails = (df: number, x: number): number => betaCdf(df / (df + x * x), df / 2, 0.5);

/** P(X <= x) of Beta(a, b), the regularised incomplete beta function, by Lentz's continued fraction (Numerical Recipes, section 6.4). */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCdf(1 - x, b, a);
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  let [c, d] = [1, 1 / (1 - ((a + b) * x) / (a + 1))];
  let fraction = d;
  for (let m = 1; m <= 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    fraction *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return front * fraction;
}
