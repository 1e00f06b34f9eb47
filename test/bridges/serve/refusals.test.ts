import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NAME, post, serveSmall, smallModel } from './small.ts';
import type { Serving, Small } from './small.ts';

let small: Small;
let serving: Serving;
beforeAll(async () => {
  small = await smallModel(2048);
  serving = await serveSmall(small, { limits: { bodyBytes: 20_000, choices: 8 } });
}, 120_000);
afterAll(async () => {
  await serving.close(0);
  await small.dispose();
});

const user = { role: 'user', content: 'Hi' };
const chat = { messages: [user] };
/** Writes until somebody stops it: no turn ends at temperature 0 with these weights, and there is room for 2,000 tokens. */
const endless = { prompt: 'What is', max_tokens: 2000, temperature: 0 };
const health = async ({ url }: Serving) =>
  (await (await fetch(url.replace('/v1', '/health'))).json()) as { waiting: number; writing: number };
const until = async (condition: () => Promise<boolean>): Promise<void> => {
  while (!(await condition())) await sleep(5);
};

const CASES: readonly (readonly [string, unknown, number, string])[] = [
  ['chat/completions', '{', 400, 'the body is not JSON'],
  ['chat/completions', '[]', 400, 'the body: Invalid input'],
  ['chat/completions', '[['.repeat(5000), 400, 'the body is not JSON'],
  ['chat/completions', '['.repeat(9000) + ']'.repeat(9000), 400, 'the body: '],
  ['chat/completions', {}, 400, 'messages: expected a list of at most 1024'],
  ['chat/completions', { messages: [] }, 400, 'messages: expected one message at least'],
  ['chat/completions', { ...chat, max_token: 5 }, 400, 'unrecognized request argument: max_token'],
  ['chat/completions', { messages: [{ ...user, role: 'tool' }] }, 400, 'messages.0.role'],
  [
    'chat/completions',
    { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
    400,
    'messages.0.content: expected text',
  ],
  ['chat/completions', { messages: [{ role: 'user', content: 'a<|end|>' }] }, 400, 'special token'],
  ['chat/completions', { ...chat, temperature: 3 }, 400, 'temperature: '],
  ['chat/completions', { ...chat, temperature: '1' }, 400, 'temperature: '],
  ['chat/completions', { ...chat, n: 9 }, 400, 'at most 8 at once'],
  ['chat/completions', { ...chat, tools: [{ type: 'function' }] }, 400, 'tools: not supported here'],
  ['chat/completions', { ...chat, logit_bias: { 5: 1 } }, 400, 'logit_bias: not supported here'],
  ['chat/completions', { ...chat, top_logprobs: 2 }, 400, 'top_logprobs: needs "logprobs": true'],
  ['chat/completions', { ...chat, stop: ['a', ''] }, 400, 'stop.1: Too small'],
  ['chat/completions', { ...chat, model: 'gpt-4' }, 404, `no such model: gpt-4; this server has ${NAME}`],
  ['completions', { prompt: '' }, 400, 'the prompt is empty'],
  ['completions', {}, 400, 'prompt: expected text'],
  ['completions', { prompt: [] }, 400, 'prompt: expected text'],
  ['completions', { prompt: [[1], ['a']] }, 400, 'prompt: expected text'],
  ['completions', { prompt: [1, 2.5] }, 400, 'prompt: expected text'],
  ['completions', { prompt: [1, 300] }, 400, 'there is no token 300; ids go from 0 to 299'],
  ['completions', { prompt: Array(9).fill('a') }, 400, '9 prompts times n = 1 are too many'],
  ['completions', { prompt: Array(2048).fill(7) }, 400, "this model's maximum context length is 2048 tokens"],
  ['completions', { prompt: 'a', logprobs: 21 }, 400, 'logprobs: '],
  ['completions', { prompt: 'a', best_of: 4 }, 400, 'best_of: not supported here'],
  ['completions', { prompt: 'a'.repeat(30_000) }, 413, 'the body is too large: at most 20000 bytes are read'],
  ['files', {}, 404, 'no such route; there are GET /health'],
  ['models', {}, 405, 'this route answers GET only'],
];

describe('a request is refused', () => {
  it.each(CASES.map(([route, body, status, message]) => ({ route, body, status, message })))(
    'POST $route: $status $message',
    async ({ route, body, status, message }) => {
      const answer = await post(`${serving.url}/${route}`, body);
      expect(answer.json.error.message).toContain(message);
      expect(answer.status).toBe(status);
      expect(Object.keys(answer.json.error).sort()).toEqual(['code', 'message', 'param', 'type']);
      expect(answer.json.error.type).toBe('invalid_request_error');
    },
  );

  it('unless what is not supported asks for nothing', async () => {
    const nothing = {
      tools: [],
      n: null,
      stop: null,
      frequency_penalty: 0,
      response_format: { type: 'text' },
      user: 'me',
    };
    expect((await post(`${serving.url}/chat/completions`, { ...chat, max_tokens: 1, ...nothing })).status).toBe(200);
  });

  it('where a body does not say that it is JSON, or none is posted', async () => {
    const { url } = serving;
    expect((await post(`${url}/completions`, endless, { 'Content-Type': 'text/plain' })).status).toBe(415);
    const got = await fetch(`${url}/completions`);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('with the error that the client library has for it', async () => {
    const { client } = serving;
    const error = await client.completions.create({ model: NAME, prompt: [1, 300] }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ status: 400, param: 'prompt', code: 'invalid_value', type: 'invalid_request_error' });
  });
});

describe('a prompt that cannot fit', () => {
  /** Counts what is tokenized. */
  const counted = (): { small: Small; seen: string[] } => {
    const seen: string[] = [];
    const { tokenizer } = small;
    const encodeText = (given: string) => (seen.push(given), tokenizer.encodeText(given));
    const encodeBatch = (given: readonly string[]) => (seen.push(...given), tokenizer.encodeBatch(given));
    return { small: { ...small, tokenizer: { ...tokenizer, encodeText, encodeBatch } }, seen };
  };

  it('is refused by its length, before it is tokenized', async () => {
    const { small: watched, seen } = counted();
    const own = await serveSmall(watched);
    const long = 'a'.repeat(200_000);
    const { url } = own;
    for (const [route, body] of [
      ['completions', { prompt: long }],
      ['completions', { prompt: ['a', long] }],
      ['completions', { prompt: Array(2049).fill(1) }],
      ['completions', { prompt: Array(300).fill('a') }],
      ['chat/completions', { messages: [{ role: 'user', content: long }] }],
      ['chat/completions', { messages: Array(1000).fill({ role: 'user', content: long.slice(0, 100) }) }],
    ] as const) {
      const { status, json } = await post(`${url}/${route}`, body);
      expect([status, json.error.code]).toEqual([
        400,
        expect.stringMatching(/^(context_length_exceeded|too_many_choices)$/),
      ]);
    }
    expect(seen).toEqual([]);
    await own.close(0);
  });

  it('is not read at all where the body is longer than texts of the context can be', async () => {
    const tiny = await smallModel(64);
    const own = await serveSmall(tiny, { limits: { choices: 2 } });
    const { status, json } = await post(`${own.url}/completions`, { prompt: 'a'.repeat(200_000) });
    expect([status, json.error.code]).toEqual([413, 'body_too_large']);
    await own.close(0);
    await tiny.dispose();
  });

  it('16 clients with 2 MB each cost little memory and time, and health answers meanwhile', async () => {
    const own = await serveSmall(small);
    const long = 'word '.repeat(400_000);
    const bodies = [{ prompt: long }, { messages: [{ role: 'user', content: long }] }].map((body) =>
      JSON.stringify(body),
    );
    const before = process.memoryUsage.rss();
    let peak = before;
    let slowest = 0;
    let isOver = false;
    const watch = (async () => {
      while (!isOver) {
        const start = performance.now();
        await health(own);
        slowest = Math.max(slowest, performance.now() - start);
        peak = Math.max(peak, process.memoryUsage.rss());
        await sleep(5);
      }
    })();
    const routes = ['completions', 'chat/completions'];
    const statuses = await Promise.all(
      Array.from({ length: 16 }, async (_, i) => (await post(`${own.url}/${routes[i % 2]!}`, bodies[i % 2])).status),
    );
    isOver = true;
    await watch;
    expect(statuses.filter((status) => status !== 400 && status !== 413)).toEqual([]);
    expect((peak - before) / 2 ** 20).toBeLessThan(400);
    expect(slowest).toBeLessThan(2000); // 200 on a machine of its own
    await own.close(0);
  });
});

describe('limits', () => {
  it('a key is asked of everything but /health, and is in no error', async () => {
    const own = await serveSmall(small, { apiKey: 'sesame' });
    expect((await own.client.models.list()).data).toHaveLength(1);
    for (const authorization of ['Bearer wrong', 'sesame', ''])
      for (const route of ['completions', 'files', 'models']) {
        const { status, json } = await post(`${own.url}/${route}`, { prompt: 'a' }, { authorization });
        expect([status, json.error.type, json.error.code]).toEqual([401, 'authentication_error', 'invalid_api_key']);
        expect(JSON.stringify(json)).not.toContain('sesame');
      }
    expect(await health(own)).toMatchObject({ status: 'ok' });
    await own.close(0);
  });

  it('a full queue is said to be full, and empties', async () => {
    const own = await serveSmall(small, { limits: { waiting: 2, batch: 1 } });
    const leaving = new AbortController();
    const ask = (n: number) =>
      own.client.completions.create({ model: NAME, ...endless, n }, { signal: leaving.signal });
    const first = ask(1).catch(String);
    await until(async () => (await health(own)).writing === 1);
    const second = ask(2).catch(String);
    await until(async () => (await health(own)).waiting === 2);
    const refused = await post(`${own.url}/completions`, endless);
    expect([refused.status, refused.json.error.type, refused.json.error.code]).toEqual([
      429,
      'rate_limit_error',
      'queue_full',
    ]);
    leaving.abort();
    expect(await first).toContain('abort');
    expect(await second).toContain('abort');
    await until(async () => (await health(own)).waiting === 0);
    expect((await own.client.completions.create({ model: NAME, prompt: 'a', max_tokens: 1 })).choices).toHaveLength(1);
    await own.close(0);
  });

  it('an answer that takes too long ends with an error, whole or in parts', async () => {
    const own = await serveSmall(small, { limits: { answerMs: 100 } });
    const { status, json } = await post(`${own.url}/completions`, endless);
    expect([status, json.error.code, json.error.message]).toEqual([503, 'timeout', expect.stringContaining('0.1 s')]);
    const parts = await own.client.completions.create({ model: NAME, ...endless, stream: true });
    await expect(
      (async () => {
        for await (const _ of parts);
      })(),
    ).rejects.toThrow('not done within 0.1 s');
    expect(own.failures).toEqual([]);
    await until(async () => (await health(own)).writing === 0);
    await own.close(0);
  });

  it('what nobody waits for any more is not written on', async () => {
    const { client } = serving;
    for (const stream of [false, true]) {
      const leaving = new AbortController();
      const asked = client.completions.create({ model: NAME, ...endless, n: 4, stream }, { signal: leaving.signal });
      const left = asked.catch(String);
      await until(async () => (await health(serving)).writing === 4);
      leaving.abort();
      await left;
      await until(async () => (await health(serving)).writing === 0);
    }
    const parts = await client.completions.create({ model: NAME, ...endless, stream: true });
    expect((await parts[Symbol.asyncIterator]().next()).done).toBe(false);
    parts.controller.abort();
    await until(async () => (await health(serving)).writing === 0);
  });

  it('closing waits for what is being answered, refuses what comes, and drops what takes too long', async () => {
    for (const [graceMs, max_tokens] of [
      [20_000, 40],
      [50, 2000],
    ] as const) {
      const own = await serveSmall(small);
      const parts = await own.client.completions.create({ ...endless, model: NAME, max_tokens, stream: true });
      const read = (async () => {
        for await (const _ of parts);
      })();
      const ended = read.then(() => 'whole', String);
      const closed = own.close(graceMs);
      await expect(own.client.models.list()).rejects.toThrow(/Connection|shutting down/);
      await closed;
      expect(await ended).toEqual(max_tokens === 40 ? 'whole' : expect.stringContaining('shutting down'));
    }
  });

  it('failed at nothing', () => expect(serving.failures).toEqual([]));
});
