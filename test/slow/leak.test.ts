import { expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import { trainingLeak } from '../engine/leak.ts';

it('an eager training run leaks no tensor and no byte over 1,000 steps', async () => {
  const engine = await createEngine({ backend: 'cpu' });
  const { before, during, after } = await trainingLeak(engine, 1000);
  expect(during).toHaveLength(1000);
  expect(new Set(during.map(({ numTensors }) => numTensors)).size).toBe(1);
  expect(new Set(during.map(({ numBytes }) => numBytes)).size).toBe(1);
  expect(after).toEqual(before);
});
