import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createClient, Refused } from '../../../src/bridges/endpoint/client.ts';
import type { ClientOptions } from '../../../src/bridges/endpoint/client.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { json, startServer } from './server.ts';
import type { Handler, TestServer } from './server.ts';

const KEY = 'sk-test-0123456789abcdef';
const anything = z.object({ ok: z.literal(true) });
const fine: Handler = (_, response) => json(response, 200, { ok: true });

let server: TestServer;
afterEach(() => server.close());

/** Time that passes only where somebody sleeps. */
function fakeClock() {
  let time = 0;
  const slept: number[] = [];
  const clock = {
    now: () => time,
    async sleep(ms: number, signal: AbortSignal) {
      signal.throwIfAborted();
      slept.push(ms);
      time += ms;
    },
  };
  return { clock, slept };
}

/** A client of a server that answers with the handlers one after another, the last for ever. */
async function clientOf(handlers: readonly Handler[], more: Partial<ClientOptions> = {}) {
  let at = 0;
  server = await startServer((seen, response) => handlers[Math.min(at++, handlers.length - 1)]!(seen, response));
  const { clock, slept } = fakeClock();
  const stop = new AbortController();
  const retries: string[] = [];
  const client = createClient({
    ...{ url: server.url, key: KEY, retries: 3, timeoutMs: 60_000, clock, rng: createRng(1), signal: stop.signal },
    onRetry: (reason) => retries.push(reason),
    ...more,
  });
  return { client, slept, stop, retries, post: () => client.post('/x', { a: 1 }, anything) };
}

const message = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe('a client', () => {
  it('sends JSON with its key, and reads JSON', async () => {
    const { client, post } = await clientOf([fine]);
    expect(await post()).toEqual({ ok: true });
    expect(await client.get('/models', anything)).toEqual({ ok: true });
    expect(server.seen).toMatchObject([
      { method: 'POST', path: '/v1/x', body: { a: 1 }, headers: { authorization: `Bearer ${KEY}` } },
      { method: 'GET', path: '/v1/models' },
    ]);
  });

  it('sends no authorization without a key', async () => {
    const { post } = await clientOf([fine], { key: undefined });
    await post();
    expect(server.seen[0]!.headers).not.toHaveProperty('authorization');
  });

  const failing =
    (status: number, headers: Record<string, string> = {}): Handler =>
    (_, response) =>
      json(response, status, { error: { message: 'busy' } }, headers);

  it('waits longer each time, half of it by chance', async () => {
    const { post, slept, retries } = await clientOf([failing(500), failing(503), failing(429), fine]);
    expect(await post()).toEqual({ ok: true });
    expect(retries).toEqual(['500 busy', '503 busy', '429 busy']);
    [500, 1000, 2000].forEach((most, i) => {
      expect(slept[i]).toBeGreaterThanOrEqual(most / 2);
      expect(slept[i]).toBeLessThan(most);
    });
    expect(new Set(slept.map((ms, i) => ms / 2 ** i)).size).toBe(3);
  });

  it.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': '0.25', 'retry-after-ms': '9000' }, 9000],
    [{ date: 'Sat, 21 Nov 2026 10:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2026 10:00:05 GMT' }, 5000],
  ])('honors %j', async (headers, ms) => {
    const { post, slept } = await clientOf([failing(429, headers), fine]);
    await post();
    expect(slept.reduce((a, b) => a + b, 0)).toBe(ms);
  });

  it('keeps all requests back while the endpoint asked for quiet', async () => {
    const { client, slept } = await clientOf([failing(429, { 'retry-after': '60' }), fine]);
    await Promise.all([client.post('/a', {}, anything), client.post('/b', {}, anything)]);
    await client.post('/c', {}, anything);
    expect(slept.every((ms) => ms === 60_000)).toBe(true);
  });

  it('does not wait for ever', async () => {
    const { post } = await clientOf([failing(429, { 'retry-after': '7200' })]);
    expect(await message(post())).toMatch(/asks to wait 120 minutes: 429 busy; later, what was answered is kept/);
  });

  it('tries no more often than it was told, whatever a question allows itself', async () => {
    const { client, retries } = await clientOf([failing(502)], { retries: 0 });
    await expect(client.get('/x', anything, 1)).rejects.toThrow('502');
    expect(retries).toEqual([]);
    const patient = await clientOf([failing(502)]);
    await expect(patient.client.get('/x', anything, 1)).rejects.toThrow('(2 tries)');
  });

  it('gives up after its retries, and says what was last', async () => {
    const { post, retries } = await clientOf([failing(502)]);
    expect(await message(post())).toMatch(
      /^UserError: no answer from .*\/v1\/x \(4 tries\): 502 busy; is it running\?/,
    );
    expect(retries).toHaveLength(3);
  });

  it.each([
    ['hangs', ((): boolean => true) as Handler, /nothing within 0\.05 s/],
    [
      'drips',
      ((_, response) => {
        const timer = setInterval(() => response.write(' '), 5);
        response.on('close', () => clearInterval(timer));
        return true;
      }) as Handler,
      /nothing within 0\.05 s/,
    ],
    ['cuts its JSON', ((_, response) => Boolean(response.end('{"ok": tr'))) as Handler, /not JSON: \{"ok": tr/],
    ['hangs up', ((_, response) => Boolean(response.destroy())) as Handler, /UND_ERR_SOCKET|ECONNRESET/],
    [
      'fails with 200',
      ((_, r) => json(r, 200, { error: { message: 'upstream', code: 502 } })) as Handler,
      /upstream 502/,
    ],
  ])('tries again with a server that %s', async (_, handler, reason) => {
    // a busy machine may take longer than this for an answer that is fine; only who hangs is cut short
    const isSlow = reason.test('nothing within 0.05 s');
    const { post, retries } = await clientOf([handler, fine], isSlow ? { timeoutMs: 50, retries: 200 } : {});
    expect(await post()).toEqual({ ok: true });
    for (const again of retries) expect(again).toMatch(reason);
    expect(retries.length).toBeGreaterThan(0);
    if (!isSlow) expect(retries).toHaveLength(1);
  });

  it.each([
    [400, /^Refused: .* answers 400: too long/],
    [404, /^Refused: .* answers 404: too long/],
    [501, /^Refused: .* answers 501/],
    [307, /^Refused: .* answers 307/],
    [401, /^UserError: .* refuses the key \(401\): put the right one into OPENAI_API_KEY/],
  ])('asks once where the answer is %i', async (status, expected) => {
    const { post } = await clientOf([
      (_, r) => json(r, status, { error: { message: 'too long' } }, { location: 'http://127.0.0.1:9/' }),
    ]);
    expect(await message(post())).toMatch(expected);
    expect(server.seen).toHaveLength(1);
  });

  it('does not wait for a quota that is spent', async () => {
    const spent = { error: { message: 'You exceeded your quota', code: 'insufficient_quota' } };
    const { client } = await clientOf([(_, r) => json(r, 429, spent)]);
    await expect(client.post('/x', {}, anything)).rejects.toThrow(Refused);
    expect(server.seen).toHaveLength(1);
  });

  it('names what is of another shape', async () => {
    const { post } = await clientOf([(_, r) => json(r, 200, { ok: 'sure', more: 'x'.repeat(500) })]);
    const said = await message(post());
    expect(said).toMatch(/answers in another shape than OpenAI's API: ok: .*; is this the right URL\?$/);
    expect(said.length).toBeLessThan(400);
  });

  it('reads no more than it must', async () => {
    const endless: Handler = (_, response) => {
      const chunk = Buffer.alloc(1 << 20, 32);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
      return true;
    };
    const { post } = await clientOf([endless]);
    expect(await message(post())).toContain('more than 8 MiB');
  });

  it('never begins more requests a minute than it may, tries included', async () => {
    const { client, slept } = await clientOf([failing(500), fine], { rpm: 30 });
    await Promise.all(Array.from({ length: 5 }, () => client.post('/x', {}, anything)));
    expect(server.seen).toHaveLength(6);
    // six requests need five gaps of two seconds, whatever else is waited for
    expect(slept.reduce((a, b) => Math.max(a, b), 0)).toBeGreaterThanOrEqual(2000);
  });

  it('says nothing of its key, whatever the server does with it', async () => {
    const echo: Handler = ({ headers }, r) =>
      json(r, 400, { error: { message: `bad header ${headers.authorization}` } });
    const { post } = await clientOf([echo]);
    const said = await message(post());
    expect(said).toContain('bad header Bearer [key]');
    expect(said).not.toContain(KEY);
  });

  it('steers no terminal', async () => {
    const { post } = await clientOf([(_, r) => json(r, 400, { error: { message: 'a\u001b[2Jb\nc' } })]);
    expect(await message(post())).toMatch(/a \[2Jb c$/);
  });

  it('stops at once when told to: while it waits for an answer, and before it asks', async () => {
    const { post, stop } = await clientOf([() => true]);
    const waiting = message(post());
    while (server.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect(await waiting).toMatch(/^AbortError/);
    expect(await message(post())).toMatch(/^AbortError/);
    expect(server.seen).toHaveLength(1);
  });

  it('says at once that fetch never asks a port like 9', async () => {
    const { client, retries } = await clientOf([fine], { url: 'http://127.0.0.1:9/v1' });
    await expect(client.get('/models', anything)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(
        'cannot be asked: fetch refuses port 9, which belongs to another service',
      ) as string,
    });
    expect(retries).toEqual([]);
  });

  it('says that nobody is there', async () => {
    const { client } = await clientOf([fine], { retries: 0 });
    await server.close();
    expect(await message(client.post('/x', {}, anything))).toMatch(/no answer from .*: ECONNREFUSED .*is it running\?/);
    server = await startServer();
  });
});
