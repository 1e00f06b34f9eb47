import fs from 'node:fs';
import { expect, it } from 'vitest';
import { fuzz } from '../nn/checkpoints/fuzz.ts';
import { scratchFolder } from '../nn/checkpoints/weight-files.ts';

it('10,000 damaged folders of weights: no crash, no hang, no memory', () => {
  const dir = scratchFolder();
  const outcome = fuzz(dir, 10_000, 2);
  fs.rmSync(dir, { recursive: true });
  expect(outcome.wrong).toEqual([]);
  expect(outcome.read + outcome.refused).toBe(10_000);
  expect(outcome.slowestMs).toBeLessThan(2000);
  expect(outcome.grownBytes).toBeLessThan(200 * 2 ** 20);
});
