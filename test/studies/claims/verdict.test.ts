import { describe, expect, it } from 'vitest';
import { estimateOf, type Estimate } from '../../../src/studies/claims/estimate.ts';
import {
  atLeast,
  atMost,
  beyond,
  describeRegion,
  judge,
  logRegion,
  near0,
  oddsOf,
  outcomeOf,
  type Check,
  type Region,
} from '../../../src/studies/claims/verdict.ts';

/** Seeds far apart enough for these ends to be those of Student's t, three seeds. */
function estimate([low, high]: readonly [number, number]): Estimate {
  const middle = (low + high) / 2;
  const step = (((high - low) / 2) * Math.sqrt(3)) / 4.302652729911275;
  const values = [middle - step, middle, middle + step].map((value, i) => ({ seed: i + 1, low: value, high: value, variance: 0 })); // prettier-ignore
  return estimateOf(values, 500);
}

const check = (region: Region, interval: readonly [number, number] | null, more: Partial<Check> = {}): Check => ({
  what: 'a number',
  region,
  estimate: interval && estimate(interval),
  ...more,
});

describe('outcomeOf', () => {
  it.each([
    [atLeast(0.5), [0.6, 0.7], 'holds'],
    [atLeast(0.5), [0.3, 0.4], 'fails'],
    [atLeast(0.5), [0.4, 0.6], 'inconclusive'],
    [atLeast(0.5), [0.499, 0.6], 'inconclusive'],
    [atLeast(0.5), [0.501, 0.6], 'holds'],
    [atMost(0.02), [0, 0.01], 'holds'],
    [atMost(0.02), [0.03, 0.1], 'fails'],
    [atMost(0.02), [0.01, 0.1], 'inconclusive'],
    [near0(0.03), [-0.01, 0.02], 'holds'],
    [near0(0.03), [0.04, 0.06], 'fails'],
    [near0(0.03), [-0.05, 0.01], 'inconclusive'],
    [logRegion(beyond(2)), [1, 2], 'holds'],
    [logRegion(beyond(2)), [-3, -2], 'holds'],
    [logRegion(beyond(2)), [-0.1, 0.1], 'fails'],
    [logRegion(beyond(2)), [0.1, 1], 'inconclusive'],
  ] as const)('%j, interval %j: %s', (region, interval, outcome) => {
    expect(outcomeOf(check(region, interval))).toBe(outcome);
  });

  it('cannot tell without a measurement', () => {
    expect(outcomeOf(check(atLeast(0.5), null))).toBe('inconclusive');
  });

  it('of a premise follows the mean of what was measured', () => {
    expect(outcomeOf(check(atLeast(0.5), [0.4, 0.62], { premise: true }))).toBe('holds');
    expect(outcomeOf(check(atLeast(0.5), [0.3, 0.62], { premise: true }))).toBe('fails');
  });
});

describe('oddsOf', () => {
  it('are those of the one-sided t test', () => {
    // scipy.stats.ttest_1samp([0.5, 0.6, 0.7], 0.4, alternative='greater')
    const values = [0.5, 0.6, 0.7].map((value, i) => ({ seed: i, low: value, high: value, variance: 0 }));
    const odds = oddsOf({ what: '', region: atLeast(0.4), estimate: estimateOf(values, 500) });
    expect(odds.holds).toBeCloseTo(0.0370899, 6);
    expect(odds.fails).toBe(1);
  });

  it('are no better than the prompts allow, however alike the seeds', () => {
    const values = [1, 2, 3, 4].map((seed) => ({ seed, low: 0.6, high: 0.6, variance: 0.01 }));
    // standard error 0.05: z = 2
    expect(oddsOf({ what: '', region: atLeast(0.5), estimate: estimateOf(values, 25) }).holds).toBeCloseTo(0.02275, 4);
  });

  it('of bounds take the near one for either side', () => {
    const values = [1, 2, 3].map((seed) => ({ seed, low: 1 + seed / 100, high: Infinity, variance: 0 }));
    const open = estimateOf(values, 500);
    expect(open).toMatchObject({ bound: 'above', high: Infinity });
    expect(oddsOf({ what: '', region: atLeast(0.5), estimate: open }).holds).toBeLessThan(0.001);
    expect(oddsOf({ what: '', region: atMost(0.5), estimate: open }).fails).toBeLessThan(0.001);
    expect(oddsOf({ what: '', region: atLeast(2), estimate: open })).toEqual({ holds: 1, fails: 1 });
  });

  it('count a search as often as it looked', () => {
    const one = check(atLeast(0.5), [0.6, 0.7]);
    expect(oddsOf({ ...one, searched: 10 }).holds).toBeCloseTo(10 * oddsOf(one).holds, 12);
  });
});

describe('judge', () => {
  const yes = check(atLeast(0.5), [0.6, 0.7], { what: 'yes' });
  const no = check(atLeast(0.5), [0.1, 0.2], { what: 'no' });
  const open = check(atLeast(0.5), [0.4, 0.6], { what: 'open' });
  const p = (one: Check, side: 'holds' | 'fails'): number => oddsOf(one)[side];

  it('asks for all tests: as sure as the least sure of them, or as one that fails, counted with the others', () => {
    expect(judge([yes, yes], 'all')).toEqual({ p: 2 * p(yes, 'holds'), leans: 'holds', by: 'yes; yes' });
    expect(judge([yes, open], 'all').p).toBeGreaterThan(0.05);
    expect(judge([yes, open, no], 'all')).toEqual({ p: 6 * p(no, 'fails'), leans: 'fails', by: 'no' });
  });

  it('asks for any: one is enough, counted with the others, and only all of them fail', () => {
    expect(judge([no, yes], 'any')).toEqual({ p: 4 * p(yes, 'holds'), leans: 'holds', by: 'yes' });
    expect(judge([no, open], 'any').p).toBeGreaterThan(0.05);
    expect(judge([no, no], 'any')).toMatchObject({ p: 2 * p(no, 'fails'), leans: 'fails' });
  });

  it('tests nothing where a premise is not met, and never fails for it', () => {
    expect(judge([{ ...no, premise: true }, no], 'all')).toMatchObject({ p: 1, untested: 'premise: no' });
    expect(judge([{ ...yes, premise: true }, no], 'all').leans).toBe('fails');
    const unmeasured = check(atLeast(0.5), null, { what: 'it', premise: true });
    expect(judge([unmeasured, yes], 'all').untested).toBe('premise: it could not be measured');
  });

  it('says what could not be measured', () => {
    const unmeasured = check(atLeast(0.5), null, { what: 'unmeasured' });
    expect(judge([yes, unmeasured], 'all')).toMatchObject({ p: 1, untested: 'could not be measured: unmeasured' });
    expect(judge([], 'all').p).toBe(1);
  });
});

it('describes a region in words', () => {
  const texts = [atLeast(0.5), atMost(1), near0(0.03), atLeast(0)].map((region) => describeRegion(region));
  expect(texts).toEqual(['at least 0.5', 'at most 1', 'from -0.03 to 0.03', 'above 0']);
  expect(describeRegion(logRegion(beyond(1.5)), true)).toBe('not from 0.667 to 1.5');
  expect(describeRegion(logRegion(atLeast(1)), true)).toBe('above 1');
});
