import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveSmall, smallModel } from './small.ts';
import type { Serving, Small } from './small.ts';

let small: Small;
let serving: Serving;
beforeAll(async () => {
  small = await smallModel();
  serving = await serveSmall(small);
}, 120_000);
afterAll(async () => {
  await serving.close(0);
  await small.dispose();
});

/** A request as no browser or client library lets one be written. */
const asked = (url: string, headers: Record<string, string>, method = 'GET', target = '/v1/models') =>
  new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const sent = request(new URL(target, url), { method, headers, agent: false }, (answer) => {
      void text(answer).then((body) => resolve({ status: answer.statusCode, headers: answer.headers, body }));
    });
    sent.on('error', reject).end();
  });

describe('who may ask', () => {
  const statusOf = async (serving: Serving, headers: Record<string, string>): Promise<number | undefined> =>
    (await asked(serving.url, headers)).status;

  it('is whoever means this server: no name that was pointed at it, and no page of another site', async () => {
    for (const host of ['localhost:9', 'LOCALHOST', '127.0.0.1', '[::1]:80'])
      expect([host, await statusOf(serving, { host })]).toEqual([host, 200]);
    for (const host of ['evil.example', 'evil.example:8000', '127.0.0.1.evil.example', '192.0.2.1', 'a b'])
      expect([host, await statusOf(serving, { host })]).toEqual([host, host === 'a b' ? 400 : 403]);
    for (const origin of ['http://localhost:3000', 'https://127.0.0.1'])
      expect(await statusOf(serving, { origin })).toBe(200);
    for (const origin of ['http://evil.example', 'null', 'http://192.0.2.1', ''])
      expect([origin, await statusOf(serving, { origin })]).toEqual([origin, 403]);
    const refused = await asked(serving.url, { host: 'evil.example' }, 'GET', '/health');
    expect(JSON.parse(refused.body)).toMatchObject({
      error: { code: 'host_not_allowed', message: expect.stringContaining('not evil.example; --allow-host') as string },
    });
  });

  it('is also called by names that it was given', async () => {
    const own = await serveSmall(small, { allowHosts: ['gpu-node', 'Other.Example'] });
    expect(await statusOf(own, { host: 'gpu-node:8000', origin: 'https://other.example' })).toBe(200);
    expect(await statusOf(own, { host: 'gpu-nodes' })).toBe(403);
    await own.close(0);
  });

  it('from other machines needs a key, and may then call it by any number', async () => {
    for (const host of ['0.0.0.0', '::', '203.0.113.7', 'gpu-node'])
      await expect(serveSmall(small, { host })).rejects.toThrow(`--host ${host} lets other machines in`);
    const own = await serveSmall(small, { host: '0.0.0.0', apiKey: 'sesame' });
    const authorization = 'bearer  sesame';
    expect(await statusOf(own, { host: '192.0.2.1', authorization })).toBe(200);
    expect(await statusOf(own, { host: 'evil.example', authorization })).toBe(403);
    const { status, headers } = await asked(own.url, { authorization: 'Basic sesame' });
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
    await own.close(0);
  });
});

it('says what is wrong with an address', async () => {
  const port = Number(new URL(serving.url).port);
  await expect(serveSmall(small, { port })).rejects.toThrow(
    /cannot listen on 127.0.0.1:\d+: something else listens there/,
  );
  await expect(serveSmall(small, { host: '203.0.113.7', apiKey: 'sesame' })).rejects.toThrow(
    'no address of this machine',
  );
});
