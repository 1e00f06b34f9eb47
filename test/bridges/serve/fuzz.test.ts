import { expect, it } from 'vitest';
import { fuzz, fuzzedServer, HARMLESS } from './fuzz.ts';

const server = fuzzedServer();

/** The rest of the 10,000 is in test/slow. */
it('1,000 bad clients: each gets an answer or is dropped, none harms the next', async () => {
  const before = await server.ask();
  const outcomes = await fuzz(server.url(), 1000, 1);
  const seen = new Set(Object.values(outcomes).flatMap((of) => Object.keys(of)));
  expect(
    [...seen].filter((outcome) => !HARMLESS.test(outcome)),
    JSON.stringify(outcomes),
  ).toEqual([]);
  expect([...seen]).toEqual(expect.arrayContaining(['200', '400', '404', '405', '408', '413', '431']));
  expect(server.failures()).toEqual([]);
  expect(await server.ask()).toEqual(before);
}, 300_000);
