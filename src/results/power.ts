import { errorFunction, gammaln } from 'simple-statistics';
import { tQuantile, zQuantile } from './stats.ts';

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
 * interval is Student's t over seeds, or that of the prompts alone where that is wider. Averaged over the chi distribution of
 * the standard deviation seen, as the noncentral t is. Rates next to 0 and 1 cannot vary by `seedDeviation` around their
 * mean: they are taken to vary by as much as they can.
 *
 * With one seed there is no between-seed variation to judge by: the prompts of two given models are compared,
 * `seedDeviation` plays no part, and what is seen holds for those two models alone.
 *
 * Source: Cohen 1988, section 2, for the t test; normal approximation of rates (rough below about 20 prompts).
 * test/slow/power.test.ts holds it against simulation.
 */
export function powerOfComparison({ p1, p2, prompts, seeds, seedDeviation, alpha = 0.05 }: Comparison): number {
  const sum = (f: (p: number) => number): number => f(p1) + f(p2);
  const between = (p: number): number => (seeds > 1 ? Math.min(seedDeviation ** 2, p * (1 - p)) : 0);
  const sampling = sum((p) => p * (1 - p)) / prompts; // as the interval over prompts has it, whatever seeds add
  const variance = sum(between) + sampling - sum(between) / prompts;
  if (variance === 0) return p1 === p2 ? 0 : 1;
  const shift = Math.abs(p1 - p2) / Math.sqrt(variance / seeds);
  const prompted = zQuantile(alpha) * Math.sqrt(sampling / variance);
  const seen = (edge: number): number => normalCdf(shift - edge) + normalCdf(-shift - edge);
  if (seeds === 1) return seen(prompted);
  const t = tQuantile(seeds - 1, alpha);
  return averageOverChi(seeds - 1, (s) => seen(Math.max(t * s, prompted)));
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
  const intervals = 2000;
  const step = (to - from) / intervals;
  let sum = weigh(from) + weigh(to);
  for (let i = 1; i < intervals; i++) sum += (i % 2 ? 4 : 2) * weigh(from + i * step);
  return (sum * step) / 3;
}

const normalCdf = (z: number): number => (1 + errorFunction(z / Math.SQRT2)) / 2;
