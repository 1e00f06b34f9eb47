import { errorFunction, gammaln } from 'simple-statistics';
import { tQuantile } from './stats.ts';

/** Two arms to be told apart by a rate, and how much is measured of them. */
export interface Comparison {
  /** The rates expected of the two arms. */
  readonly p1: number;
  readonly p2: number;
  /** Prompts a seed and arm. */
  readonly prompts: number;
  readonly seeds: number;
  /** Standard deviation between seeds of an arm's true rate. */
  readonly seedDeviation: number;
  /** Probability of seeing a difference where there is none, both sides together; 0.05 by default. */
  readonly alpha?: number;
}

/**
 * The probability that the interval of `pairedDifference` leaves out zero, in closed form. A seed's difference varies by
 * `between + within / prompts` (the two arms taken as independent, which is cautious: they grow from one model); the
 * interval is Student's t over seeds, widened by the variance that resampling prompts adds. Averaged over the chi
 * distribution of the standard deviation seen, as the noncentral t is. Below five seeds the interval ends at the
 * extremes it saw, and power is somewhat better than said here. Rates next to 0 and 1 cannot vary by `seedDeviation`
 * around their mean: they are taken to vary by as much as they can.
 *
 * With one seed there is no between-seed variation to judge by: the prompts of two given models are compared,
 * `seedDeviation` plays no part, and what is seen holds for those two models alone.
 *
 * Source: Cohen 1988, section 2, for the t test; normal approximation of rates (rough below about 20 prompts).
 */
export function powerOfComparison({ p1, p2, prompts, seeds, seedDeviation, alpha = 0.05 }: Comparison): number {
  const sum = (f: (p: number) => number): number => f(p1) + f(p2);
  const between = (p: number): number => (seeds > 1 ? Math.min(seedDeviation ** 2, p * (1 - p)) : 0);
  const within = sum((p) => p * (1 - p) - between(p)) / prompts;
  const variance = sum(between) + within;
  const df = seeds > 1 ? seeds - 1 : 2 * prompts - 2;
  if (variance === 0) return p1 === p2 ? 0 : 1;
  if (df < 1) return 0;
  const shift = Math.abs(p1 - p2) / Math.sqrt(variance / seeds);
  const added = seeds > 1 ? (seeds / df) * (within / variance) : 0;
  const t = tQuantile(df, alpha);
  return averageOverChi(df, (s) => {
    const edge = t * Math.sqrt(s * s + added);
    return normalCdf(shift - edge) + normalCdf(-shift - edge);
  });
}

/**
 * The inverse: the fewest prompts a seed with which the comparison has at least this power. Null where `most` prompts
 * have not: the seeds are then too few, however many prompts each is asked.
 */
export function promptsForPower(
  comparison: Omit<Comparison, 'prompts'>,
  power: number,
  most = 1_000_000,
): number | null {
  const suffices = (prompts: number): boolean => powerOfComparison({ ...comparison, prompts }) >= power;
  if (!suffices(most)) return null;
  let [low, high] = [0, most]; // `low` does not suffice, `high` does
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (suffices(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The mean of `f(s)` where s^2 is chi-square distributed over its degrees of freedom, by Simpson's rule. */
function averageOverChi(df: number, f: (s: number) => number): number {
  const logScale = Math.LN2 + (df / 2) * Math.log(df / 2) - gammaln(df / 2);
  const weigh = (s: number): number => {
    const logPower = df === 1 ? 0 : (df - 1) * Math.log(s); // 0^0 is 1
    return Math.exp(logScale + logPower - (df * s * s) / 2) * f(s);
  };
  const reach = 9 / Math.sqrt(df);
  const [from, to] = [Math.max(0, 1 - reach), 1 + reach];
  const intervals = 600;
  const step = (to - from) / intervals;
  let sum = weigh(from) + weigh(to);
  for (let i = 1; i < intervals; i++) sum += (i % 2 ? 4 : 2) * weigh(from + i * step);
  return (sum * step) / 3;
}

const normalCdf = (z: number): number => (1 + errorFunction(z / Math.SQRT2)) / 2;
