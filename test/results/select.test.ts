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

  it('pools seeds into the mean, with one interval of a bootstrap over seeds and prompts', () => {
    const [row] = fixture().rows;
    const of = (...rates: number[]) => pool(rates.map((p, i) => ({ ...row!, ...rate(p, 100), seed: i + 1 })))!;
    const apart = of(10, 30, 50, 20, 40);
    expect(apart).toMatchObject({ value: 0.3, successes: 150, n: 500, seeds: 5 });
    // seeds that disagree by more than their prompts could: wider than the prompts of all seeds pooled
    const pooled = rate(150, 500);
    expect(apart.high - apart.low).toBeGreaterThan(2 * (pooled.high - pooled.low));
    // and narrower than the span of the seeds' own intervals
    expect(apart.low).toBeGreaterThan(rate(10, 100).low);
    expect(apart.high).toBeLessThan(rate(50, 100).high);
    const alike = of(30, 31, 29, 30, 30);
    expect(alike.high - alike.low).toBeLessThan((apart.high - apart.low) / 2);
    expect(of(10, 30, 50, 20, 40)).toEqual(apart);
  });

  it('keeps the exact bound where no prompt of any seed shows it', () => {
    const [row] = fixture().rows;
    const none = pool([1, 2, 3].map((seed) => ({ ...row!, ...rate(0, 100), seed })));
    expect(none).toMatchObject({ value: 0, low: 0, high: rate(0, 300).high });
  });

  it('resamples the seeds alone where a number is no rate', () => {
    const { successes: _, ...row } = fixture().rows[0]!;
    const losses = [1, 2, 3, 4, 5].map((value, i) => ({ ...row, unit: 'nats', value, seed: i + 1 }) as const);
    const loss = pool(losses)!;
    expect(loss.value).toBe(3);
    expect(loss.low).toBeGreaterThan(1);
    expect(loss.low).toBeLessThan(2);
    expect(loss.high).toBeLessThan(5);
  });
});
