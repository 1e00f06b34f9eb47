import { afterAll, beforeAll, expect, it } from 'vitest';
import { fuzz, FUZZ_LIMITS, HARMLESS } from '../bridges/serve/fuzz.ts';
import { NAME, serveSmall, smallModel } from '../bridges/serve/small.ts';
import type { Serving, Small } from '../bridges/serve/small.ts';

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

/** Memory after 2,000 is the yardstick: by then every program is compiled and every pool is filled. */
it('10,000 bad clients: no crash, no hang, no memory that grows', async () => {
  const question = { model: NAME, prompt: 'Hi', max_tokens: 8, seed: 1 };
  const ask = () => serving.client.completions.create(question, { maxRetries: 5 });
  const before = await ask();
  const rss: number[] = [];
  for (let round = 0; round < 5; round++) {
    const outcomes = await fuzz(serving.url, 2000, round);
    const seen = Object.values(outcomes).flatMap((of) => Object.keys(of));
    expect(
      seen.filter((outcome) => !HARMLESS.test(outcome)),
      JSON.stringify(outcomes),
    ).toEqual([]);
    expect((await ask()).choices).toEqual(before.choices);
    rss.push(process.memoryUsage.rss() / 2 ** 20);
  }
  console.log(`resident MiB after each 2,000: ${rss.map(Math.round).join(', ')}`); // eslint-disable-line no-console
  expect(serving.failures).toEqual([]);
  expect(rss[4]! - rss[0]!).toBeLessThan(100);
});
