import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { budgeted } from '../../../src/studies/claims/budget.ts';

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('a budget ends though nobody holds on to its timer', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { signal, dispose } = budgeted(new AbortController().signal, 0.05);
  collect();
  await wait(20);
  collect();
  expect(signal.aborted).toBe(false);
  await wait(100);
  expect(signal.aborted).toBe(true);
  dispose();
});

it('ends with the signal that it was given, and without a time not by itself', async () => {
  const outer = new AbortController();
  const { signal, dispose } = budgeted(outer.signal, undefined);
  await wait(5);
  expect(signal.aborted).toBe(false);
  outer.abort();
  expect(signal.aborted).toBe(true);
  dispose();
  expect(budgeted(AbortSignal.abort(), 10).signal.aborted).toBe(true);
});
