import { errorFunction } from 'simple-statistics';
import { createRng } from '../lib/rng.ts';
import type { Rng } from '../lib/rng.ts';
import { differenceOverSeeds } from './over-seeds.ts';
import type { SeedValue } from './over-seeds.ts';
import { ALPHA, betaCdf } from './stats.ts';

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

type Design = Omit<Comparison, 'prompts'>;

/** So many are simulated: the share of them that see the difference has a standard error of .01 at .8. */
const EXPERIMENTS = 2000;
/** Equally likely rates that stand for those of all the models that training could make. */
const MODELS = 500;

/** A seed's model, and how lucky it is with its prompts: a standard normal, and how many of all are below it. */
interface Seed {
  readonly own: number;
  readonly luck: number;
  readonly below: number;
}

/**
 * The probability that the interval of `pairedDifference` leaves out zero: its share of simulated experiments, the same
 * ones at every call. A seed's true rate is drawn from the beta distribution with this mean and deviation (the two arms'
 * independently, which is cautious: they grow from one model), what its prompts show is binomial.
 *
 * With one seed there is no between-seed variation to judge by: the prompts of two given models are compared,
 * `seedDeviation` plays no part, and what is seen holds for those two models alone.
 *
 * test/golden/over-seeds.json has what numpy makes of 94 designs.
 */
export const powerOfComparison = ({ prompts, ...design }: Comparison): number => simulate(design)(prompts);

/**
 * The inverse: so many prompts a seed, a multiple of `step`, that the comparison has at least this power, and with a step
 * less it has not. (Of few prompts one more can cost a little power, so a few less may do as well.) Null where `most`
 * prompts have not: the seeds are then too few, however many prompts each is asked.
 */
export function promptsForPower(design: Design, power: number, step = 1, most = 1_000_000): number | null {
  const powerOf = simulate(design);
  const suffices = (steps: number): boolean => powerOf(steps * step) >= power;
  const last = Math.floor(most / step);
  if (!suffices(last)) return null;
  let [low, high] = [0, 1]; // `low` does not suffice, `high` does
  while (high < last && !suffices(high)) [low, high] = [high, Math.min(last, 2 * high)];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (suffices(middle)) high = middle;
    else low = middle;
  }
  return high * step;
}

/** Power by prompts. Models and luck are drawn once, so that more prompts are more prompts of the same experiments. */
function simulate({ p1, p2, seeds, seedDeviation, alpha = ALPHA }: Design): (prompts: number) => number {
  const rng = createRng('power');
  const rates = [Math.max(p1, p2), Math.min(p1, p2)].map((p) => (seeds > 1 ? ratesOf(p, seedDeviation) : [p]));
  const experiments = Array.from({ length: EXPERIMENTS }, () =>
    rates.map((own) => Array.from({ length: seeds }, () => drawn(own, rng))),
  );
  return (prompts) => {
    const seen = experiments.filter((arms) => {
      const [a = [], b = []] = arms.map((arm) => arm.map((seed) => shown(prompts, seed)));
      const differences = a.map(({ value }, i) => value - b[i]!.value);
      const { low, high } = differenceOverSeeds(differences, a, b, alpha);
      return low > 0 || high < 0;
    });
    return seen.length / EXPERIMENTS;
  };
}

function drawn(rates: readonly number[], rng: Rng): Seed {
  const luck = rng.normal();
  return { own: rng.pick(rates), luck, below: (1 + errorFunction(luck / Math.SQRT2)) / 2 };
}

/** What a seed's prompts show; its own interval is of no use among other seeds. */
function shown(n: number, { own, luck, below }: Seed): SeedValue {
  const successes = own > 0.5 ? n - countOf(n, 1 - own, -luck, 1 - below) : countOf(n, own, luck, below);
  return { value: successes / n, n, successes, low: NaN, high: NaN };
}

/**
 * Equally likely rates of mean `p`: quantiles of the beta distribution with this deviation. Rates cannot vary by more than
 * all of them at 0 or 1 do.
 */
function ratesOf(p: number, deviation: number): number[] {
  if (deviation === 0 || p === 0 || p === 1) return [p];
  const both = (p * (1 - p)) / deviation ** 2 - 1;
  const at = Array.from({ length: MODELS }, (_, i) => (i + 0.5) / MODELS);
  return both > NEXT_TO_NONE
    ? at.map((share) => leastWith((x) => betaCdf(x, p * both, (1 - p) * both) >= share))
    : at.map((share) => Number(share < p));
}

/** The least x in [0, 1], to 1e-6, of which `holds` is true, as it is of all above. */
function leastWith(holds: (x: number) => boolean): number {
  let [low, high] = [0, 1];
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Parameters of a beta distribution that is all at 0 and 1: what rounding leaves of them is no distribution. */
const NEXT_TO_NONE = 1e-6;

/** Variance of a count from which on the normal distribution stands for the binomial. */
const MANY = 25;

/** The binomial quantile of `below`, for a rate of at most a half. */
function countOf(n: number, rate: number, luck: number, below: number): number {
  const variance = n * rate * (1 - rate);
  if (variance > MANY) return Math.min(n, Math.max(0, Math.round(n * rate + luck * Math.sqrt(variance))));
  let [count, term] = [0, (1 - rate) ** n];
  for (let sum = term; sum < below && count < n; sum += term) {
    term *= ((n - count) / (count + 1)) * (rate / (1 - rate));
    count++;
  }
  return count;
}
