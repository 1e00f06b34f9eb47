import { expect, it } from 'vitest';
import { fuzz, fuzzedServer, HARMLESS } from '../bridges/serve/fuzz.ts';

const server = fuzzedServer();

/** Memory after 2,000 is the yardstick: by then every program is compiled and every pool is filled. */
it('10,000 bad clients: no crash, no hang, no memory that grows', async () => {
  const before = await server.ask();
  const rss: number[] = [];
  for (let round = 0; round < 5; round++) {
    const outcomes = await fuzz(server.url(), 2000, round);
    const seen = Object.values(outcomes).flatMap((of) => Object.keys(of));
    expect(
      seen.filter((outcome) => !HARMLESS.test(outcome)),
      JSON.stringify(outcomes),
    ).toEqual([]);
    expect(await server.ask()).toEqual(before);
    rss.push(process.memoryUsage.rss() / 2 ** 20);
  }
  console.log(`resident MiB after each 2,000: ${rss.map(Math.round).join(', ')}`); // eslint-disable-line no-console
  expect(server.failures()).toEqual([]);
  expect(rss[4]! - rss[0]!).toBeLessThan(100);
});
