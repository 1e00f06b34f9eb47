import { expect, it } from 'vitest';
import { createRng } from '../../src/lib/rng.ts';
import { flips } from './damage.ts';

// two hundred of them, and a hundred kills: test/slow/damage.test.ts
it.each([
  ['half-finished', false],
  ['finished', true],
])('no flipped bit of a %s run is used silently', async (_, isFinished) => {
  const verdicts = await flips(15, isFinished, createRng(`a few ${isFinished}`));
  expect(Object.keys(verdicts).filter((verdict) => !['detected', 'harmless'].includes(verdict))).toEqual([]);
  expect(verdicts.detected).toBeGreaterThan(6);
});
