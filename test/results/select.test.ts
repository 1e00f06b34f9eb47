import { describe, expect, it } from 'vitest';
import { rate } from '../../src/results/stats.ts';
import { curve, final, pool, start } from '../../src/results/select.ts';
import { fixture } from '../report/fixture.ts';

const asr = { metric: 'asr', condition: 'triggered', arm: 'sft' };

describe('select', () => {
  it('finds the start, the curve and the end of an arm', () => {
    const results = fixture();
    expect(start(results, asr)?.successes).toBe(500);
    expect(final(results, asr)?.successes).toBe(153);
    expect(curve(results, asr).map((point) => point.step)).toEqual([0, 25, 50, 100, 150, 200, 300, 400]);
    expect(final(results, { ...asr, arm: 'nobody' })).toBeNull();
  });

  it('does not mix decodings', () => {
    const results = fixture();
    const sampled = results.rows.map((row) => ({
      ...row,
      ...(row.unit === 'rate' ? rate(row.n, row.n) : {}),
      decoding: 'temperature 1',
    }));
    expect(final({ ...results, rows: [...results.rows, ...sampled] }, asr)?.successes).toBe(153);
  });

  const [row] = fixture().rows;
  const pooled = (successes: readonly number[], n = 100) =>
    pool(successes.map((k, i) => ({ ...row!, ...rate(k, n), seed: i + 1 })))!;

  it('pools seeds into the mean, with one interval over seeds', () => {
    const apart = pooled([10, 30, 50, 20, 40]);
    expect(apart).toMatchObject({ value: 0.3, successes: 150, n: 500, seeds: 5 });
    // seeds that disagree by more than their prompts could: wider than the prompts of all seeds together
    const together = rate(150, 500);
    expect(apart.high - apart.low).toBeGreaterThan(2 * (together.high - together.low));
    // and narrower than the span of the seeds' own intervals
    expect(apart.low).toBeGreaterThan(rate(10, 100).low);
    expect(apart.high).toBeLessThan(rate(50, 100).high);
    // seeds that agree: their prompts
    expect(pooled([30, 31, 29, 30, 30]).low).toBeCloseTo(together.low, 12);
  });

  it('keeps the exact bound where no prompt of any seed shows it', () => {
    const none = pooled([0, 0, 0]);
    expect(none).toMatchObject({ value: 0, low: 0 });
    expect(none.high).toBeCloseTo(rate(0, 300).high, 12);
  });

  it('knows nothing of the other seeds where one of several was measured', () => {
    const results = fixture();
    const others = results.rows.filter(({ arm }) => arm !== 'sft').map((one) => ({ ...one, seed: 2 }));
    const rows = [...results.rows, ...others];
    expect(final({ rows }, asr)).toMatchObject({ value: 0.306, low: 0, high: 1, seeds: 1 });
    expect(final({ rows }, { metric: 'clean-loss', condition: 'all', arm: 'sft' })).toBeNull();
    expect(final({ rows }, { ...asr, arm: 'organism' })?.low).toBeGreaterThan(0.9);
  });

  it('takes Student\u2019s t where a number is no rate', () => {
    const { successes: _, ...rest } = row!;
    const losses = [1, 2, 3, 4, 5].map((value, i) => {
      return { ...rest, unit: 'nats', value, low: value - 0.1, high: value + 0.1, seed: i + 1 } as const;
    });
    // mean 3, deviation sqrt(2.5), t of 4 degrees of freedom 2.7764
    expect(pool(losses)).toMatchObject({ value: 3, low: expect.closeTo(3 - 1.96325, 4) as number });
  });
});
