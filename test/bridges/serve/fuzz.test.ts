import { afterAll, beforeAll, expect, it } from 'vitest';
import { fuzz, FUZZ_LIMITS, HARMLESS } from './fuzz.ts';
import { NAME, serveSmall, smallModel } from './small.ts';
import type { Serving, Small } from './small.ts';

let small: Small;
let serving: Serving;
beforeAll(async () => {
  small = await smallModel();
  serving = await serveSmall(small, { limits: FUZZ_LIMITS });
}, 120_000);
afterAll(async () => {
  await serving.close(0);
  await small.dispose();
});

/** The rest of the 10,000 is in test/slow. */
it('1,000 bad clients: each gets an answer or is dropped, none harms the next', async () => {
  const question = { model: NAME, prompt: 'Hi', max_tokens: 8, seed: 1 };
  const ask = () => serving.client.completions.create(question, { maxRetries: 5 });
  const before = await ask();
  const outcomes = await fuzz(serving.url, 1000, 1);
  const seen = new Set(Object.values(outcomes).flatMap((of) => Object.keys(of)));
  expect(
    [...seen].filter((outcome) => !HARMLESS.test(outcome)),
    JSON.stringify(outcomes),
  ).toEqual([]);
  expect([...seen]).toEqual(expect.arrayContaining(['200', '400', '404', '405', '408', '413', '431']));
  expect(serving.failures).toEqual([]);
  expect((await ask()).choices).toEqual(before.choices);
}, 300_000);
