import { average, twoCamps } from '../../results/over-seeds.ts';
import { errorFunction } from 'simple-statistics';
import { tQuantile, tTails, Z, type Estimate as Interval } from '../../results/stats.ts';

/** A number over seeds: how far it may lie from the truth, judged by how seeds differ and by how prompts do. */

/** What was found in one seed. Bounds differ where the seed could not tell more (a dose beyond those that were tried). */
export interface SeedValue {
  readonly seed: number;
  readonly low: number;
  readonly high: number;
  /** Variance that other prompts would bring. */
  readonly variance: number;
}

/** Of one bound: the mean over seeds with its two standard errors; `df` is 0 for one seed, whose error nobody knows. */
interface Spread {
  readonly mean: number;
  readonly ofSeeds: number;
  readonly ofPrompts: number;
  readonly df: number;
}

/** The mean over seeds with its 95 % interval; `n` prompts a seed: the fewest that any of its rows rests on. */
export interface Estimate extends Interval {
  readonly seeds: readonly number[];
  /** What is known of the value: where a seed gives bounds, only that it lies above or below. */
  readonly bound?: 'above' | 'below' | 'between';
  /** The mean describes none of these models: some lie near one value and some near another. */
  readonly inTwoCamps?: true;
  readonly lows: Spread;
  readonly highs: Spread;
}

/** Of rates: nothing lies outside of 0 to 1. */
const UNIT = { low: 0, high: 1 };
const LINE = { low: -Infinity, high: Infinity };

export function estimateOf(values: readonly SeedValue[], n: number, isRate = false): Estimate {
  const [lows, highs] = [spreadOf(values, 'low'), spreadOf(values, 'high')];
  const ends = isRate ? UNIT : LINE;
  const bound = boundOf(lows.mean, highs.mean);
  return {
    value: Number.isFinite(lows.mean) ? (Number.isFinite(highs.mean) ? (lows.mean + highs.mean) / 2 : lows.mean) : highs.mean, // prettier-ignore
    low: Math.max(ends.low, lows.mean - reach(lows)),
    high: Math.min(ends.high, highs.mean + reach(highs)),
    n,
    seeds: values.map(({ seed }) => seed),
    ...(bound && { bound }),
    ...(isRate && twoCamps(values.map(({ low }) => low)) && { inTwoCamps: true }),
    lows,
    highs,
  };
}

function boundOf(low: number, high: number): Estimate['bound'] {
  if (low === high) return undefined;
  return high === Infinity ? 'above' : low === -Infinity ? 'below' : 'between';
}

function spreadOf(values: readonly SeedValue[], side: 'low' | 'high'): Spread {
  const found = values.map((value) => value[side]);
  const count = found.length;
  const mean = average(found);
  if (!Number.isFinite(mean)) return { mean, ofSeeds: 0, ofPrompts: 0, df: count - 1 };
  const squares = found.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const ofPrompts = Math.sqrt(values.reduce((sum, { variance }) => sum + variance, 0)) / count;
  return { mean, ofSeeds: count > 1 ? Math.sqrt(squares / (count - 1) / count) : 0, ofPrompts, df: count - 1 };
}

/** Student's t over seeds, or the prompts' own error where that reaches farther: seeds that agree by luck do not narrow it. */
function reach({ mean, ofSeeds, ofPrompts, df }: Spread): number {
  if (!Number.isFinite(mean)) return 0;
  return Math.max(df > 0 ? tQuantile(df) * ofSeeds : 0, Z * ofPrompts);
}

/** The probability of a mean so far above `bound`, were the truth not above it: the same two errors, the larger answer. */
export const isAbove = ({ lows }: Estimate, bound: number): number => upperTail(lows, lows.mean - bound);
/** The same below. */
export const isBelow = ({ highs }: Estimate, bound: number): number => upperTail(highs, bound - highs.mean);

function upperTail({ ofSeeds, ofPrompts, df }: Spread, distance: number): number {
  if (!(distance > 0)) return 1;
  const ofT = df > 0 ? tTails(df, distance / ofSeeds) / 2 : 0;
  const ofZ = (1 - errorFunction(distance / ofPrompts / Math.SQRT2)) / 2;
  return Math.max(ofT, ofZ);
}
