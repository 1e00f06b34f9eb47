import { errorFunction, quantileSorted } from 'simple-statistics';
import type { Rng } from '../lib/rng.ts';
import { rate, tQuantile } from './stats.ts';
import type { Interval } from './stats.ts';

/** Yes/no outcomes of which only the counts are known. */
export interface Counts {
  readonly successes: number;
  readonly n: number;
}

/** What was measured on one seed: an outcome or a number a prompt, in the order of the prompts, or counts. */
export type Sample = readonly boolean[] | readonly number[] | Counts;

export interface Bootstrapped extends Interval {
  readonly value: number;
}

export interface BootstrapOptions {
  readonly rng: Rng;
  readonly resamples?: number;
  /** From one mean a seed to the number of interest; their mean by default. */
  readonly statistic?: (seedMeans: readonly number[]) => number;
}

/**
 * The mean over seeds with its 95 % interval. Prompts of one seed share a model, so they are no independent draws from
 * all the models that training could have made: seeds are resampled with replacement, then prompts inside each seed
 * (counts as a binomial draw, which is the same thing). With one seed only its prompts are resampled, and the interval
 * speaks of that seed's model alone. A little wide where seeds hardly differ: what prompts add is in both levels.
 *
 * Where every outcome was the same a bootstrap has nothing to vary; the interval is then `rate`'s, all prompts pooled.
 *
 * Sources: Davison & Hinkley 1997, section 3.8 (two-stage resampling); `expandedInterval`. RangeError without prompts.
 */
export function hierarchicalBootstrap(seeds: readonly Sample[], options: BootstrapOptions): Bootstrapped {
  const sources = seeds.map(resampler);
  const result = bootstrap(sources, options);
  return result.low < result.high || options.statistic ? result : { ...result, ...unanimousInterval(seeds) };
}

/** `rate`'s interval of all prompts pooled, where each of their outcomes was the same: resampling has nothing to vary there. */
export function unanimousInterval(samples: readonly Sample[]): Interval | undefined {
  const counts = samples.map(countsOf);
  if (!counts.every((item) => item !== undefined)) return undefined;
  const successes = counts.reduce((sum, item) => sum + item.successes, 0);
  const n = counts.reduce((sum, item) => sum + item.n, 0);
  if (successes !== 0 && successes !== n) return undefined;
  const { low, high } = rate(successes, n);
  return { low, high };
}

/**
 * The difference of two arms, `a - b`, with its 95 % interval: `a[i]` and `b[i]` belong to one seed, and a resample
 * takes the same seeds for both. Lists are paired by prompt as well and must be equally long; counts are not.
 * An interval of no width says that no prompt of any seed differed.
 */
export function pairedDifference(a: readonly Sample[], b: readonly Sample[], options: BootstrapOptions): Bootstrapped {
  if (a.length !== b.length)
    throw new RangeError(`not paired by seed: ${a.length} and ${b.length} seeds; need as many`);
  const differences = a.map((sample, i) => differenceOf(sample, b[i]!));
  return bootstrap(differences, options);
}

/**
 * The 95 % interval that resampled values of a statistic span: percentiles, moved outward for small samples (the
 * expanded percentile interval of Hesterberg 2015). Plain 2.5 and 97.5 % would cover about 85 % with five seeds, because a
 * resample of n varies by (n - 1)/n too little and has no heavier tail for it.
 *
 * @param units how many independent units were resampled: seeds, or prompts where there is one seed
 */
export function expandedInterval(resampled: readonly number[], units: number): Interval {
  const sorted = resampled.filter((x) => !Number.isNaN(x)).sort((x, y) => x - y);
  if (sorted.length === 0 || units < 2) return { low: NaN, high: NaN };
  const z = tQuantile(units - 1) * Math.sqrt(units / (units - 1));
  const tail = Math.max(0, (1 - errorFunction(z / Math.SQRT2)) / 2);
  return { low: quantileSorted(sorted, tail), high: quantileSorted(sorted, 1 - tail) };
}

/** One seed's data: the mean, how many prompts it is of, and the mean of a resample of them. */
export interface Resampler {
  readonly mean: number;
  readonly n: number;
  redraw(rng: Rng): number;
}

function bootstrap(
  sources: readonly Resampler[],
  { rng, resamples = 2000, statistic = average }: BootstrapOptions,
): Bootstrapped {
  const [first] = sources;
  if (!first) throw new RangeError('a bootstrap of no seeds; need at least one');
  const one = (): number => statistic(sources.map(() => rng.pick(sources).redraw(rng)));
  const resampled = Array.from({ length: resamples }, one);
  const value = statistic(sources.map(({ mean }) => mean));
  return { value, ...expandedInterval(resampled, sources.length > 1 ? sources.length : first.n) };
}

/** @throws RangeError where there are no prompts, or no counts. */
export function resampler(sample: Sample): Resampler {
  const counts = countsOf(sample);
  if (!counts) return listResampler(isList(sample) ? numbersOf(sample) : []);
  const { successes, n } = counts;
  const draw = binomial(counts);
  return { mean: successes / n, n, redraw: (rng) => draw(rng) / n };
}

function listResampler(values: readonly number[]): Resampler {
  const n = values.length;
  if (n === 0) throw new RangeError('a seed without prompts; need at least one');
  const redraw = (rng: Rng): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[rng.int(n)]!;
    return sum / n;
  };
  return { mean: average(values), n, redraw };
}

function differenceOf(a: Sample, b: Sample): Resampler {
  if (isList(a) && isList(b)) {
    if (a.length !== b.length) throw new RangeError(`not paired by prompt: ${a.length} and ${b.length} prompts`);
    const [x, y] = [numbersOf(a), numbersOf(b)];
    return listResampler(x.map((value, i) => value - y[i]!));
  }
  const [x, y] = [resampler(a), resampler(b)];
  return { mean: x.mean - y.mean, n: Math.min(x.n, y.n), redraw: (rng) => x.redraw(rng) - y.redraw(rng) };
}

const isList = (sample: Sample): sample is readonly boolean[] | readonly number[] => Array.isArray(sample);
const numbersOf = (list: readonly boolean[] | readonly number[]): number[] => list.map(Number);
/** The mean of some numbers; NaN of none. */
export const average = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

function countsOf(sample: Sample): Counts | undefined {
  if (!isList(sample)) return sample;
  const list: readonly unknown[] = sample;
  const successes = list.filter((outcome) => outcome === true).length;
  return typeof list[0] === 'boolean' ? { successes, n: list.length } : undefined;
}

/** Draws from Binomial(n, successes / n), each from one uniform number by the inverse of the distribution function. */
function binomial({ successes, n }: Counts): (rng: Rng) => number {
  rate(successes, n); // refuses what are no counts
  if (successes === 0 || successes === n) return () => successes;
  const logOdds = Math.log(successes / (n - successes));
  let logTerm = n * Math.log1p(-successes / n);
  let total = Math.exp(logTerm);
  const atMost = [total];
  for (let k = 1; k <= n; k++) {
    logTerm += Math.log((n - k + 1) / k) + logOdds;
    total += Math.exp(logTerm);
    atMost.push(total);
  }
  return (rng) => firstAbove(atMost, rng.next() * total);
}

/** The first index of an ascending list whose value is above `x`. */
function firstAbove(ascending: readonly number[], x: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}
