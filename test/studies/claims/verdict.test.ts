import { describe, expect, it } from 'vitest';
import {
  atLeast,
  atMost,
  between,
  describeRegion,
  farFrom0,
  judge,
  near0,
  outcomeOf,
  type Check,
  type Region,
} from '../../../src/studies/claims/verdict.ts';

const check = (region: Region, interval: readonly [number, number] | null, more: Partial<Check> = {}): Check => ({
  what: 'a number',
  region,
  estimate: interval && {
    value: (interval[0] + interval[1]) / 2,
    low: interval[0],
    high: interval[1],
    n: 1,
    seeds: [1],
  },
  ...more,
});

describe('outcomeOf', () => {
  it.each([
    [atLeast(0.5), [0.6, 0.7], 'holds'],
    [atLeast(0.5), [0.3, 0.4], 'fails'],
    [atLeast(0.5), [0.4, 0.6], 'inconclusive'],
    [atLeast(0.5), [0.5, 0.6], 'inconclusive'],
    [atMost(0.02), [0, 0.01], 'holds'],
    [atMost(0.02), [0.03, 0.1], 'fails'],
    [atMost(0.02), [0.01, 0.1], 'inconclusive'],
    [near0(0.03), [-0.01, 0.02], 'holds'],
    [near0(0.03), [0.04, 0.06], 'fails'],
    [near0(0.03), [-0.05, 0.01], 'inconclusive'],
    [farFrom0(0.1), [0.2, 0.3], 'holds'],
    [farFrom0(0.1), [-0.3, -0.2], 'holds'],
    [farFrom0(0.1), [-0.05, 0.05], 'fails'],
    [farFrom0(0.1), [0.05, 0.2], 'inconclusive'],
    [farFrom0(0.1), [-0.2, 0.2], 'inconclusive'],
    [between(0.1, 0.2), [0.12, 0.18], 'holds'],
  ] as const)('%j, interval %j: %s', (region, interval, outcome) => {
    expect(outcomeOf(check(region, interval))).toBe(outcome);
  });

  it('cannot tell without a measurement', () => {
    expect(outcomeOf(check(atLeast(0.5), null))).toBe('inconclusive');
  });
});

describe('judge', () => {
  const yes = check(atLeast(0.5), [0.6, 0.7], { what: 'yes' });
  const no = check(atLeast(0.5), [0.1, 0.2], { what: 'no' });
  const open = check(atLeast(0.5), [0.4, 0.6], { what: 'open' });
  const unmeasured = check(atLeast(0.5), null, { what: 'unmeasured' });

  it('asks for all tests, or for any', () => {
    expect(judge([yes, yes], 'all').verdict).toBe('holds');
    expect(judge([yes, open], 'all').verdict).toBe('inconclusive');
    expect(judge([yes, open, no], 'all')).toEqual({ verdict: 'fails', reason: 'no' });
    expect(judge([no, yes], 'any')).toEqual({ verdict: 'holds', reason: 'yes' });
    expect(judge([no, open], 'any').verdict).toBe('inconclusive');
    expect(judge([no, no], 'any').verdict).toBe('fails');
  });

  it('tests nothing where a premise is not met', () => {
    expect(judge([{ ...no, premise: true }, yes], 'all')).toEqual({
      verdict: 'inconclusive',
      reason: 'not tested: the premise "no" is not met',
    });
    expect(judge([{ ...yes, premise: true }, no], 'all').verdict).toBe('fails');
  });

  it('says what could not be measured', () => {
    expect(judge([yes, unmeasured], 'all').reason).toBe('could not be measured: unmeasured');
    expect(judge([], 'all').verdict).toBe('inconclusive');
  });
});

it('describes a region in words', () => {
  expect([atLeast(0.5), atMost(1), near0(0.03), farFrom0(0.1)].map(describeRegion)).toEqual([
    'at least 0.5',
    'at most 1',
    'from -0.03 to 0.03',
    'not from -0.1 to 0.1',
  ]);
});
