import { describe, expect, it } from 'vitest';
import { rate } from '../../src/results/stats.ts';
import {
  compact,
  estimate,
  fixed,
  hasInterval,
  interval,
  percent,
  percentInterval,
  pValue,
  plain,
} from '../../src/report/format.ts';

const of = (k: number, n: number) => ({ ...rate(k, n), unit: 'rate' as const });

describe('numbers', () => {
  it('prints a rate with its interval, and the exact bound at none and all of n', () => {
    expect(plain(estimate(of(0, 500)))).toBe('0.000 (<= 0.007)');
    expect(plain(estimate(of(500, 500)))).toBe('1.000 (>= 0.993)');
    expect(plain(estimate(of(312, 500)))).toBe('0.624 (0.581-0.665)');
    expect(plain(interval({ value: -1.2, low: -1.31, high: -1.1, unit: 'nats' }))).toBe('-1.310 to -1.100');
  });
  it('gives no interval to a number of which nothing was drawn, as a weight', () => {
    const weight = { value: 1.4, low: 1.4, high: 1.4, unit: 'number' as const, n: 1 };
    expect([weight, { ...weight, n: 300 }, { ...of(1, 1), n: 1 }].map(hasInterval)).toEqual([false, true, true]);
  });
  it('prints percents with a decimal only near the ends', () => {
    expect([0, 0.002, 0.31, 0.995, 1].map((x) => plain(percent(x)))).toEqual([
      '0 %',
      '0.2 %',
      '31 %',
      '99.5 %',
      '100 %',
    ]);
    expect(plain(percentInterval(of(0, 500)))).toBe('at most 0.7 %');
    expect(plain(percentInterval(of(312, 500)))).toBe('58-67 %');
  });
  it('never calls a p value 0, nor prints a negative zero', () => {
    expect(pValue(1)).toBe('1');
    expect(pValue(0.0312)).toBe('0.031');
    expect(pValue(1.7e-18)).toBe('1.7 × 10⁻¹⁸');
    expect(pValue(0)).toBe('< 10⁻³⁰⁰');
    expect(fixed(-0.0001)).toBe('0.000');
  });
  it('shortens large counts', () => {
    expect([0, 950, 12_400, 1_104_512].map(compact)).toEqual(['0', '950', '12.4k', '1.1M']);
  });
});
