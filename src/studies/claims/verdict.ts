import type { Estimate as Measured } from '../../results/stats.ts';
import type { Outcome } from '../../report/ledger/types.ts';

/** Where a value must lie for a check to hold. Bounds that are absent are open. */
export interface Region {
  readonly low?: number;
  readonly high?: number;
  /** The value must lie below `low` or above `high`. */
  readonly outside?: true;
}

export const atLeast = (low: number): Region => ({ low });
export const atMost = (high: number): Region => ({ high });
export const between = (low: number, high: number): Region => ({ low, high });
/** Not farther from 0 than `most`, or farther. */
export const near0 = (most: number): Region => ({ low: -most, high: most });
export const farFrom0 = (most: number): Region => ({ low: -most, high: most, outside: true });

export const describeRegion = ({ low, high, outside }: Region): string => {
  const text = (bound: number): string => String(Number(bound.toPrecision(3)));
  if (low !== undefined && high !== undefined) return `${outside ? 'not ' : ''}from ${text(low)} to ${text(high)}`;
  if (low !== undefined) return low === 0 ? 'above 0' : `at least ${text(low)}`;
  return high === undefined ? 'anything' : high === 0 ? 'below 0' : `at most ${text(high)}`;
};

/** A number over seeds and prompts, with its 95 % interval; `n` prompts a seed: the fewest that any of its rows rests on. */
export interface Estimate extends Measured {
  /** Seeds in which it could be measured. */
  readonly seeds: readonly number[];
  /** Of a rate whose seeds lie near two values and not between: the interval covers less than it says. */
  readonly inTwoCamps?: true;
}

/** One number that a rule rests on, and where it must lie. */
export interface Check {
  readonly what: string;
  readonly region: Region;
  /** Null where no seed could tell: two curves that never share a loss, a behavior that was never there. */
  readonly estimate: Estimate | null;
  /** A premise is no test of the claim: where it does not hold, nothing was tested. */
  readonly premise?: true;
}

/** Holds where the whole interval lies inside the region, fails where all of it lies outside; touching a bound is neither. */
export function outcomeOf({ estimate, region }: Check): Outcome {
  if (estimate === null) return 'inconclusive';
  const { low = -Infinity, high = Infinity, outside } = region;
  const inside = estimate.low > low && estimate.high < high;
  const apart = estimate.high < low || estimate.low > high;
  if (outside) return apart ? 'holds' : inside ? 'fails' : 'inconclusive';
  return inside ? 'holds' : apart ? 'fails' : 'inconclusive';
}

/** The verdict over a claim's checks: premises first, then all of the tests, or any of them. */
export function judge(checks: readonly Check[], needs: 'all' | 'any'): { verdict: Outcome; reason: string } {
  const premises = checks.filter(({ premise }) => premise);
  const broken = premises.find((check) => outcomeOf(check) !== 'holds');
  if (broken) return { verdict: 'inconclusive', reason: `not tested: the premise "${broken.what}" is not met` };
  const tests = checks.filter(({ premise }) => !premise);
  const outcomes = tests.map(outcomeOf);
  const [decides, otherwise] = needs === 'all' ? (['fails', 'holds'] as const) : (['holds', 'fails'] as const);
  const deciding = tests.filter((_, i) => outcomes[i] === decides);
  if (deciding.length > 0) return { verdict: decides, reason: list(deciding) };
  if (tests.length > 0 && outcomes.every((outcome) => outcome === otherwise))
    return { verdict: otherwise, reason: list(tests) };
  const open = tests.filter((_, i) => outcomes[i] === 'inconclusive');
  const unmeasured = open.find(({ estimate }) => estimate === null);
  if (unmeasured) return { verdict: 'inconclusive', reason: `could not be measured: ${unmeasured.what}` };
  return { verdict: 'inconclusive', reason: `the interval crosses the threshold: ${list(open)}` };
}

const list = (checks: readonly Check[]): string => checks.map(({ what }) => what).join('; ');
