import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isInTheClear, parseAddress } from '../../../src/bridges/endpoint/address.ts';
import { openAnswers, requestKey } from '../../../src/bridges/endpoint/answers.ts';
import { createPace } from '../../../src/bridges/endpoint/clock.ts';
import { inParallel } from '../../../src/bridges/endpoint/parallel.ts';
import { completion } from '../../../src/bridges/endpoint/protocol.ts';
import { createTally } from '../../../src/bridges/endpoint/tally.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-endpoint-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

describe('an address', () => {
  it.each([
    ['http://127.0.0.1:8000/v1#m', { url: 'http://127.0.0.1:8000/v1', model: 'm' }],
    ['https://API.example.com/v1/#org/model:tag#2', { url: 'https://api.example.com/v1', model: 'org/model:tag#2' }],
    ['http://localhost:1234', { url: 'http://localhost:1234' }],
    ['http://localhost:1234/v1#', { url: 'http://localhost:1234/v1' }],
  ])('%s', (text, expected) => expect(parseAddress(text)).toEqual(expected));

  it.each(['', 'localhost:8000/v1#m', 'ftp://x/v1#m', '//x#m'])('not %j', (text) =>
    expect(() => parseAddress(text)).toThrow(/not an endpoint's address: .*; give http\(s\):\/\/HOST\/v1#MODEL/),
  );

  it.each(['http://user:secret@x/v1#m', 'https://x/v1?api_key=secret#m'])('holds no key: %s', (text) => {
    expect(() => parseAddress(text)).toThrow('--key-env NAME');
    expect(() => parseAddress(text)).not.toThrow('secret');
  });

  it('can be read on the way, or not', () => {
    const open = ['http://gpu-node:8000/v1', 'http://localhost.evil.example/v1', 'http://127.0.0.1.evil.example/v1'];
    const closed = ['https://gpu-node/v1', 'http://127.0.0.1:80/v1', 'http://[::1]:80/v1', 'http://localhost/v1'];
    expect(open.filter(isInTheClear)).toEqual(open);
    expect(closed.filter(isInTheClear)).toEqual([]);
  });
});

it('a log-probability above 0 is no answer, but for rounding', () => {
  const answer = (logProb: number): unknown => ({
    choices: [{ text: 'x', finish_reason: 'stop', logprobs: { token_logprobs: [null, logProb] } }],
  });
  expect(completion.parse(answer(1e-6)).logProbs).toEqual([null, 1e-6]);
  expect(completion.safeParse(answer(0.2)).error?.issues).toMatchObject([
    { path: ['choices', 0, 'logprobs', 'token_logprobs', 1], message: 'a log-probability above 0' },
  ]);
});

describe('answers', () => {
  const now = () => '2026-11-21T10:00:00.000Z';

  it('are kept, also where the process was killed in the middle of a line', () => {
    const file = path.join(root, 'deep', 'answers.jsonl');
    const one = openAnswers(file, now);
    expect(one.found).toBe(0);
    one.put('a', { text: 'x' });
    one.put('b', [null, -1]);
    fs.appendFileSync(file, '{"key":"c","answ');
    const two = openAnswers(file, now);
    expect(two).toMatchObject({ found: 2, from: now(), to: now() });
    expect(two.get('b')).toEqual([null, -1]);
    expect(two.has('c')).toBe(false);
    two.put('c', 1);
    expect(openAnswers(file, now).found).toBe(3);
    expect(openAnswers(file, now, true).found).toBe(0);
    expect(fs.existsSync(file)).toBe(false);
  });

  it('belong to one request of one endpoint', () => {
    const keys = [
      requestKey('u/chat', { model: 'm', seed: 1 }),
      requestKey('u/chat', { model: 'm', seed: 2 }),
      requestKey('v/chat', { model: 'm', seed: 1 }),
      requestKey('u/chat', { model: 'n', seed: 1 }),
    ];
    expect(new Set(keys).size).toBe(4);
    expect(requestKey('u/chat', { model: 'm', seed: 1 })).toBe(keys[0]);
  });
});

describe('a pace', () => {
  it('spaces the starts, and forms the line anew after a pause', async () => {
    let time = 0;
    const starts: number[] = [];
    const waiting: { at: number; go: () => void }[] = [];
    const sleep = (ms: number): Promise<void> =>
      new Promise((go) => {
        waiting.push({ at: time + ms, go });
      });
    const pace = createPace({ now: () => time, sleep }, 60);
    const { signal } = new AbortController();
    const all = Array.from({ length: 4 }, () => pace.turn(signal).then(() => starts.push(time)));
    const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    await settle();
    pace.pause(1500); // while three are waiting
    for (let i = 0; i < 20 && starts.length < 4; i++) {
      waiting.sort((a, b) => a.at - b.at);
      const first = waiting.shift();
      time = first?.at ?? time;
      first?.go();
      await settle();
    }
    await Promise.all(all);
    const gaps = starts.slice(1).map((at, i) => at - starts[i]!);
    expect(starts.slice(1).every((at) => at >= 1500)).toBe(true);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000);
  });
});

describe('in parallel', () => {
  it('keeps order and limit', async () => {
    let [now, most] = [0, 0];
    const results = await inParallel([5, 1, 4, 2, 3], 2, async (n, i) => {
      most = Math.max(most, ++now);
      for (let turn = 0; turn < n; turn++) await Promise.resolve();
      now--;
      return n * 10 + i;
    });
    expect(results).toEqual([50, 11, 42, 23, 34]);
    expect(most).toBe(2);
  });

  it('begins nothing after a failure, and waits for what is under way', async () => {
    const begun: number[] = [];
    let finished = false;
    const work = inParallel([0, 1, 2, 3], 2, async (n) => {
      begun.push(n);
      if (n === 0) throw new Error('first');
      await new Promise((resolve) => setImmediate(resolve));
      finished = true;
    });
    await expect(work).rejects.toThrow('first');
    expect(begun).toEqual([0, 1]);
    expect(finished).toBe(true);
  });
});

it('a tally counts each reply once', () => {
  const tally = createTally(32);
  const [cut, empty] = [
    { text: 'and so on', finish: 'length' },
    { text: ' ', finish: 'content_filter' },
  ];
  for (const reply of [cut, cut, empty, { text: 'fine', finish: 'stop' }]) tally.see(reply);
  expect(tally.notes()).toEqual([
    '1 of 3 replies were cut off at 32 tokens (--max-tokens)',
    '1 of 3 replies are empty, and show nothing: neither behavior nor answer',
    "1 of 3 replies were held back by the endpoint's filter",
  ]);
  expect(createTally(1).notes()).toEqual([]);
});
