import { expect, it } from 'vitest';
import { createRng } from '../../../src/lib/rng.ts';
import { GREEDY, sampleToken } from '../../../src/nn/models/sampling.ts';

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
