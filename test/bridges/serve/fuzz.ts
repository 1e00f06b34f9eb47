import net from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import { createRng } from '../../../src/lib/rng.ts';
import type { Rng } from '../../../src/lib/rng.ts';
import { NAME, serveSmall, smallModel } from './small.ts';
import type { Serving, Small } from './small.ts';

/** What one client does: writes these, one after another, and may leave without waiting for an answer. */
interface Attack {
  readonly writes: readonly Buffer[];
  readonly leaves: boolean;
}

const FUZZ_LIMITS = { bodyBytes: 20_000, answerMs: 2000, receiveMs: 3000, waiting: 64, choices: 8 };

const VALUES = [null, true, 0, -1, 1.5, 1e308, 9007199254740993, '', 'x', '\ud800', '__proto__', [], [[]], {}, [null], { a: { b: [] } }, 'a'.repeat(3000)]; // prettier-ignore
const CHAT = { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 2, temperature: 1, n: 1, stop: ['x'], stream: false, logprobs: true, top_logprobs: 2 }; // prettier-ignore
const COMPLETION = {
  prompt: 'Hi',
  max_tokens: 2,
  logprobs: 1,
  echo: true,
  seed: 1,
  top_p: 0.5,
  stream: true,
  stop: 'y',
};
const TARGETS = ['/v1/chat/completions', '/v1/completions'];

const request = (method: string, target: string, headers: string, body: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`), Buffer.from(body)]);
const posted = (target: string, body: string | Buffer, extra = ''): Buffer =>
  request('POST', target, `Content-Type: application/json\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${extra}`, body); // prettier-ignore
const noise = (rng: Rng, length: number): Buffer => Buffer.from(Array.from({ length }, () => rng.int(256)));
const valid = (rng: Rng): [string, string] =>
  rng.int(2) === 0 ? [TARGETS[0]!, JSON.stringify(CHAT)] : [TARGETS[1]!, JSON.stringify(COMPLETION)];
const cut = (rng: Rng, bytes: Buffer): Buffer => bytes.subarray(0, rng.int(bytes.length));

/** Every kind of bad client, in turns. */
const KINDS: Readonly<Record<string, (rng: Rng) => Buffer | Attack>> = {
  'broken JSON'(rng) {
    const [target, body] = valid(rng);
    const bytes = Buffer.from(body);
    for (let i = 0; i <= rng.int(4); i++) bytes[rng.int(bytes.length)] = rng.int(256);
    return posted(target, rng.int(2) === 0 ? bytes : cut(rng, bytes));
  },
  'wrong types'(rng) {
    const [target, body] = valid(rng);
    const fields = JSON.parse(body) as Record<string, unknown>;
    for (let i = 0; i <= rng.int(3); i++)
      fields[rng.pick([...Object.keys(fields), 'model', 'tools'])] = rng.pick(VALUES);
    return posted(target, JSON.stringify(rng.int(10) === 0 ? rng.pick(VALUES) : fields));
  },
  'wrong messages'(rng) {
    const turn = (): unknown => (rng.int(3) === 0 ? rng.pick(VALUES) : { role: rng.pick(['user', 'tool', 7]), content: rng.pick(VALUES) }); // prettier-ignore
    return posted(TARGETS[0]!, JSON.stringify({ messages: Array.from({ length: rng.int(40) }, turn) }));
  },
  'deep nesting'(rng) {
    const depth = 1 + rng.int(9000);
    const [open, close] = rng.pick([['[', ']'], ['{"a":', '}'], ['{"messages":[', ']}']] as const); // prettier-ignore
    return posted(rng.pick(TARGETS), open.repeat(depth / open.length) + '1' + close.repeat(rng.int(2) * (depth / open.length))); // prettier-ignore
  },
  'many wrong items': (rng) => posted(rng.pick(TARGETS), `{"${rng.pick(['prompt', 'messages', 'stop'])}":[${'{},'.repeat(5000)}0]}`), // prettier-ignore
  'many unknown fields': (rng) => posted(rng.pick(TARGETS), `{${Array.from({ length: 1500 }, (_, i) => `"k${i}":${rng.int(9)}`).join()}}`), // prettier-ignore
  'huge headers'(rng) {
    const line = `X-${rng.int(1000)}: ${'h'.repeat(rng.int(3000))}\r\n`;
    return request('GET', '/health', `Connection: close\r\n${line.repeat(rng.int(60))}`, '');
  },
  'huge body': (rng) => posted(rng.pick(TARGETS), Buffer.alloc(20_000 + rng.int(400_000), 'a')),
  'body longer than it says': (rng) => request('POST', TARGETS[0]!, `Content-Type: application/json\r\nContent-Length: ${rng.int(50)}\r\nConnection: close\r\n`, noise(rng, 500)), // prettier-ignore
  'chunks that never end': (rng) => request('POST', rng.pick(TARGETS), 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n', `${(1000).toString(16)}\r\n${'a'.repeat(1000)}\r\n`.repeat(rng.int(60))), // prettier-ignore
  'bad chunks': (rng) => request('POST', rng.pick(TARGETS), 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n', `${rng.pick(['zz', '-5', 'fffffffffffffffff', '5;x', ''])}\r\n${'{}'.repeat(9)}\r\n0\r\n\r\n`), // prettier-ignore
  partial: (rng) => cut(rng, posted(...valid(rng))),
  'wrong method': (rng) => request(rng.pick(['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'PATCH', 'BREW', 'get', '']), rng.pick([...TARGETS, '/health', '*']), 'Connection: close\r\n', ''), // prettier-ignore
  'path traversal': (rng) => request(rng.pick(['GET', 'POST']), `${rng.pick(['/', '/v1/models/', '/v1/', 'http://other/', ''])}${rng.pick(['../', '%2e%2e/', '..\\', '%00', '%', '/'])}`.repeat(1 + rng.int(5)) + rng.pick(['etc/passwd', 'package.json', '', '?a=%']), 'Connection: close\r\nContent-Length: 0\r\n', ''), // prettier-ignore
  'two truths about the length': (rng) => posted(...valid(rng), rng.pick(['Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: gzip\r\n'])), // prettier-ignore
  'odd headers': (rng) => posted(...valid(rng), rng.pick(['Origin: null\r\n', 'Origin: http://[\r\n', 'Origin: http://evil.example\r\n', 'Expect: 100-continue\r\n', 'Expect: tea\r\n', 'Upgrade: websocket\r\n', 'Host: a b\r\n', 'Content-Encoding: gzip\r\n', 'Authorization: \r\n', ' folded: x\r\n', 'no colon\r\n', 'Null: \0\r\n', `Cookie: ${'a=1;'.repeat(900)}\r\n`])), // prettier-ignore
  'bad version': (rng) => Buffer.from(`GET / HTTP/${rng.pick(['0.9', '2.0', '9.9', 'x', '1.1 '])}\r\n\r\n`),
  noise: (rng) => noise(rng, 1 + rng.int(300)),
  'several at once': (rng) => Buffer.concat([request('GET', '/health', '', ''), request('GET', '/v1/models', '', ''), posted(...valid(rng))]), // prettier-ignore
  'one byte at a time'(rng) {
    const bytes = posted(...valid(rng));
    const tail = bytes.length - 1 - rng.int(60);
    const writes = [bytes.subarray(0, tail), ...[...bytes.subarray(tail)].map((byte) => Buffer.from([byte]))];
    return { writes, leaves: rng.int(2) === 0 };
  },
  'leaves early': () => ({ writes: [posted(TARGETS[1]!, JSON.stringify({ ...COMPLETION, max_tokens: 60, n: 4 }))], leaves: true }), // prettier-ignore
};

/** The status of the answer, 'none' where the connection was closed without one; 'hung' where it is still open. */
async function attack(port: number, { writes, leaves }: Attack, patienceMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let answer = '';
    const timer = setTimeout(() => {
      resolve('hung');
      socket.destroy();
    }, patienceMs);
    socket.on('data', (data) => (answer += data.toString('latin1').slice(0, 4000 - answer.length)));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(leaves ? 'left' : (/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'none'));
    });
    for (const bytes of writes) socket.write(bytes);
    if (leaves) setTimeout(() => socket.destroy(), 3);
  });
}

/** Answers, refusals, and dropped connections: anything but an error of the server's own, or a connection that stays open. */
export const HARMLESS = /^(1|2|4)\d\d$|^503$|^none$|^left$/;

/** So many bad clients, some at a time. @returns how often each kind of them got which answer. */
export async function fuzz(url: string, count: number, seed: number): Promise<Record<string, Record<string, number>>> {
  const port = Number(new URL(url).port);
  const outcomes: Record<string, Record<string, number>> = {};
  const kinds = Object.keys(KINDS);
  let next = 0;
  const client = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const kind = kinds[i % kinds.length]!;
      const made = KINDS[kind]!(createRng(`${seed} ${i}`));
      const outcome = await attack(port, Buffer.isBuffer(made) ? { writes: [made], leaves: false } : made, 30_000);
      const of = (outcomes[kind] ??= {});
      of[outcome] = (of[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 48 }, client));
  return outcomes;
}

/** What one server under bad clients says of itself, and to a good one. */
export interface Fuzzed {
  url(): string;
  /** The answers to one question, the same every time. */
  ask(): Promise<unknown>;
  failures(): readonly unknown[];
}

/** A small server for the tests of a file. */
export function fuzzedServer(): Fuzzed {
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
  const question = { model: NAME, prompt: 'Hi', max_tokens: 8, seed: 1 };
  return {
    url: () => serving.url,
    ask: async () => (await serving.client.completions.create(question, { maxRetries: 5 })).choices,
    failures: () => serving.failures,
  };
}
