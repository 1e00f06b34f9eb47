import { describe, expect, it } from 'vitest';
import { rate } from '../../src/lib/stats.ts';
import { curve, final, pool, start } from '../../src/report/select.ts';
import { fixture } from './fixture.ts';

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

  it('pools seeds into the mean and the envelope of their intervals', () => {
    const [row] = fixture().rows;
    const pooled = pool([
      { ...row!, ...rate(10, 100), seed: 1 },
      { ...row!, ...rate(30, 100), seed: 2 },
    ]);
    expect(pooled).toMatchObject({
      value: 0.2,
      successes: 40,
      n: 200,
      seeds: 2,
      low: rate(10, 100).low,
      high: rate(30, 100).high,
    });
  });
});
