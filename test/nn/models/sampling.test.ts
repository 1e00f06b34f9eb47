import { expect, it } from 'vitest';
import { createRng } from '../../../src/lib/rng.ts';
import { GREEDY, sampleToken } from '../../../src/nn/models/sampling.ts';
import type { SamplingOptions } from '../../../src/nn/models/sampling.ts';

it.each([[[NaN, 1, 2]], [[1, 2, NaN]], [[1, Infinity, 2]], [[-Infinity, -Infinity]]])(
  'nothing is drawn of %j: whatever came of them would look like a reply',
  (logits) => {
    for (const temperature of [0, 1])
      expect(() => sampleToken(Float32Array.from(logits), { ...GREEDY, temperature }, createRng(1))).toThrow(
        'the model computes what is no number',
      );
  },
);

it('a token that is ruled out is no damage', () => {
  const logits = Float32Array.of(-Infinity, 3, 1);
  expect(sampleToken(logits, GREEDY, createRng(1))).toBe(1);
  expect(sampleToken(logits, { ...GREEDY, temperature: 1 }, createRng(1))).toBeGreaterThan(0);
});

/** What is drawn at 0.05, 0.15, ... 0.95 of the whole, where the four tokens' shares are 0.1, 0.4, 0.2, 0.3. */
const drawn = (options: Partial<SamplingOptions>): string =>
  Array.from({ length: 10 }, (_, i) => {
    const rng = { ...createRng(1), next: () => (i + 0.5) / 10 };
    return sampleToken(
      Float32Array.of(0.1, 0.4, 0.2, 0.3).map(Math.log),
      { ...GREEDY, temperature: 1, ...options },
      rng,
    );
  }).join('');

it.each([
  [{}, '0111122333'],
  [{ temperature: 0 }, '1111111111'],
  [{ temperature: 0.5 }, '1111112333'], // 1/30, 16/30, 4/30, 9/30
  [{ temperature: 2 }, '0011122333'], // 0.16, 0.33, 0.23, 0.28
  // the likelier first
  [{ topK: 1 }, '1111111111'],
  [{ topK: 2 }, '1111113333'], // 4/7, 3/7
  [{ topK: 4 }, '1111333220'],
  [{ topP: 0.39 }, '1111111111'],
  [{ topP: 0.41 }, '1111113333'],
  [{ topP: 0.69 }, '1111113333'],
  [{ topP: 0.71 }, '1111333322'], // 4/9, 3/9, 2/9
  [{ topK: 3, topP: 0.75 }, '1111113333'], // of the three, these two are 7/9
  [{ topK: 2, topP: 0.95 }, '1111113333'],
])('with %j each token has its share', (options, ids) => {
  expect(drawn(options)).toBe(ids);
});

it('of equals the lower id is likelier', () => {
  for (const temperature of [0, 1])
    expect(sampleToken(Float32Array.of(1, 2, 2), { temperature, topK: 1, topP: 1 }, createRng(1))).toBe(1);
});
