import type { Outcome } from '../../report/ledger/types.ts';
import { ALPHA } from '../../results/stats.ts';
import { defined } from '../../lib/defined.ts';
import { isAbove, isBelow, type Estimate } from './estimate.ts';

/** Where a value must lie for a check to hold. Bounds that are absent are open. */
export interface Region {
  readonly low?: number;
  readonly high?: number;
  /** The value must lie below `low` or above `high`. */
  readonly outside?: true;
}

export const atLeast = (low: number): Region => ({ low });
export const atMost = (high: number): Region => ({ high });
/** Not farther from 0 than `most`. */
export const near0 = (most: number): Region => ({ low: -most, high: most });
/** Of a ratio: that many times or more, either way. */
export const beyond = (times: number): Region => ({ low: 1 / times, high: times, outside: true });

/** Of the logarithms of what lies in a region of ratios. */
export const logRegion = ({ low, high, ...rest }: Region): Region => ({
  ...rest,
  ...defined({
    low: low === undefined ? undefined : Math.log(low),
    high: high === undefined ? undefined : Math.log(high),
  }),
});

export function describeRegion({ low, high, outside }: Region, isLog = false): string {
  const text = (bound: number): string => String(Number((isLog ? Math.exp(bound) : bound).toPrecision(3)));
  const around = isLog ? '1' : '0';
  if (low !== undefined && high !== undefined) return `${outside ? 'not ' : ''}from ${text(low)} to ${text(high)}`;
  if (low !== undefined) return low === 0 ? `above ${around}` : `at least ${text(low)}`;
  return high === undefined ? 'anything' : high === 0 ? `below ${around}` : `at most ${text(high)}`;
}

/** One number that a rule rests on, and where it must lie. */
export interface Check {
  readonly what: string;
  readonly region: Region;
  /** Null where some seed cannot tell: what is missing is never left out. */
  readonly estimate: Estimate | null;
  /** Of a ratio: estimate and region are of its logarithm. */
  readonly isLog?: true;
  /** A premise is no test of the claim: where it is not met, nothing was tested. */
  readonly premise?: true;
  /** Of how many looks at one run this is the largest (default 1): its probabilities count that often. */
  readonly searched?: number;
}

/** How probable numbers at least this telling are, were the truth on the other side: one-sided. */
export interface Odds {
  readonly holds: number;
  readonly fails: number;
}

/** Against the nearest truth on the other side. A region with two ends is two tests: both to lie within, either to lie without. */
export function oddsOf({ estimate, region, searched = 1 }: Check): Odds {
  if (estimate === null) return { holds: 1, fails: 1 };
  const { low, high, outside } = region;
  const above = low === undefined ? [] : [{ in: isAbove(estimate, low), out: isBelow(estimate, low) }];
  const below = high === undefined ? [] : [{ in: isBelow(estimate, high), out: isAbove(estimate, high) }];
  const ends = [...above, ...below];
  const within = all(ends.map((end) => end.in));
  const without = some(ends.map((end) => end.out));
  const odds = outside ? { holds: without, fails: within } : { holds: within, fails: without };
  return { holds: Math.min(1, searched * odds.holds), fails: odds.fails };
}

/** Of tests that must all succeed: the worst. */
const all = (ps: readonly number[]): number => Math.max(0, ...ps);
/** Of tests of which one is enough: the best, counted as often as there were chances (Bonferroni). */
const some = (ps: readonly number[]): number => Math.min(1, ps.length * Math.min(1, ...ps));

const OUTCOMES = ['holds', 'fails'] as const;

const outcome = (odds: Odds): Outcome => OUTCOMES.find((side) => 2 * odds[side] <= ALPHA) ?? 'inconclusive';

/** By itself, with 95 % confidence. A premise is of these very organisms: it is met where their mean lies inside. */
export function outcomeOf(check: Check): Outcome {
  if (!check.premise) return outcome(oddsOf(check));
  const { estimate, region } = check;
  if (estimate === null) return 'inconclusive';
  const { low = -Infinity, high = Infinity } = region;
  return estimate.value >= low && estimate.value <= high ? 'holds' : 'fails';
}

/** What a claim's checks say together, before other claims are thought of. */
export interface Judgment {
  /** What is left once a premise is not met, or a number is missing: nothing. */
  readonly untested?: string;
  /** Of the less probable side, both sides counted: small where the claim is decided. 1 where untested. */
  readonly p: number;
  readonly leans: 'holds' | 'fails';
  /** The checks that decide, in words. */
  readonly by: string;
}

/**
 * Premises first, then all of the tests, or any of them. All must hold: the claim holds as surely as the least sure of
 * them (intersection-union), and fails where one of them does, counted as often as there are tests. Any: the other way around.
 */
export function judge(checks: readonly Check[], needs: 'all' | 'any'): Judgment {
  const none = { p: 1, leans: 'holds', by: '' } as const;
  const broken = checks.find((check) => check.premise && outcomeOf(check) !== 'holds');
  if (broken) return { ...none, untested: `premise: ${broken.what}${broken.estimate ? '' : ' could not be measured'}` };
  const tests = checks.filter(({ premise }) => !premise);
  const missing = tests.find(({ estimate }) => estimate === null);
  if (missing || tests.length === 0) return { ...none, untested: `could not be measured: ${missing?.what ?? 'anything'}` }; // prettier-ignore
  const odds = tests.map(oddsOf);
  const each = (side: keyof Odds): number[] => odds.map((one) => one[side]);
  const [holds, fails] = needs === 'all' ? [all(each('holds')), some(each('fails'))] : [some(each('holds')), all(each('fails'))]; // prettier-ignore
  const leans = holds <= fails ? 'holds' : 'fails';
  const deciding = tests.filter((check) => outcomeOf(check) === leans);
  return { p: Math.min(1, 2 * Math.min(holds, fails)), leans, by: deciding.map(({ what }) => what).join('; ') };
}
