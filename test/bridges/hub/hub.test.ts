import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DownloadProgress } from '../../../src/bridges/hub/types.ts';
import { COMMIT } from './hub-server.ts';
import type { HubOptions } from './hub-server.ts';
import {
  complaint,
  download,
  FILES,
  home,
  partials,
  read,
  start,
  useHub,
  waited,
  WANTED,
  weights,
} from './downloads.ts';

useHub();

describe('a download', () => {
  it('brings what a model needs and nothing that runs, into the cache, and records the commit', async () => {
    const server = await start();
    const { dir, commit, files } = await download(server);
    expect(dir).toBe(path.join(home, '.cache/dormouse/hub/models--owner--tiny', COMMIT));
    expect(commit).toBe(COMMIT);
    expect(Object.keys(files)).toEqual(WANTED);
    expect(fs.readdirSync(dir).sort()).toEqual([...WANTED, 'hub.json'].sort());
    expect(read(dir, 'model.safetensors').equals(weights)).toBe(true);
    expect(JSON.parse(read(dir, 'hub.json').toString())).toMatchObject({
      commit: COMMIT,
      revision: 'main',
      complete: true,
    });
    expect(server.seen.filter(({ path: p }) => p.endsWith(`/tree/${COMMIT}`))).toHaveLength(4);
  });

  it('brings nothing that runs, whatever is asked', async () => {
    const files = { ...FILES, 'a.PKL': 'x', 'b.js': 'x', 'c.tar': 'x', 'hub.json': '{}' };
    const { files: got } = await download(await start({ files }), { files: (name) => !name.startsWith('.') });
    expect(Object.keys(got)).toEqual([...WANTED, 'onnx/model.onnx', 'c.tar']);
  });

  it('of a data set keeps its folders', async () => {
    const files = { 'data/train-00000.parquet': weights, 'data/eval set.jsonl': '{"a":1}\n', 'load.py': 'x' };
    const server = await start({ files, type: 'dataset' });
    const { dir, files: got } = await download(server, { type: 'dataset', into: path.join(home, 'set') });
    expect(Object.keys(got)).toEqual(['data/train-00000.parquet', 'data/eval set.jsonl']);
    expect(read(dir, 'data/train-00000.parquet').equals(weights)).toBe(true);
    expect(read(dir, 'data/eval set.jsonl').toString()).toBe('{"a":1}\n');
  });

  it('tells how far it is, how fast and how long', async () => {
    const progress: DownloadProgress[] = [];
    let now = 0;
    const clock = { now: () => (now += 1000), sleep: () => Promise.resolve() };
    await download(await start(), { onProgress: (p) => progress.push(p), clock });
    const last = progress.at(-1)!;
    expect(last.bytes).toBe(last.totalBytes);
    expect(last.secondsLeft).toBe(0);
    const middle = progress.find(({ bytes, totalBytes }) => bytes > 1000 && bytes < totalBytes)!;
    expect(middle.secondsLeft).toBeCloseTo((middle.totalBytes - middle.bytes) / middle.bytesPerSecond!, 6);
    expect(progress.map(({ bytes }) => bytes)).toEqual(progress.map(({ bytes }) => bytes).sort((a, b) => a - b));
  });

  it('sends the token to the hub and not to where large files lie', async () => {
    const cdn = await start();
    const server = await start({ token: 'secret-token', cdn: cdn.url.replace('127.0.0.1', 'localhost') });
    expect(await complaint(download(server))).toMatch(
      /owner\/tiny at main: there is no such repository, or it is private/,
    );
    expect(await complaint(download(server, { env: { HF_TOKEN: 'wrong' } }))).not.toContain('wrong');
    const { dir } = await download(server, { env: { HF_TOKEN: 'secret-token' } });
    expect(cdn.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
    expect(fs.readdirSync(dir).every((name) => !read(dir, name).includes('secret-token'))).toBe(true);
  });

  it('that was whole needs no network for a commit, and falls back on it offline', async () => {
    const server = await start();
    const first = await download(server);
    await server.close();
    const asked = server.seen.length;
    expect(await download(server, { revision: COMMIT })).toEqual(first);
    expect(await download(server)).toEqual(first);
    expect(await download(undefined, { env: { HF_HUB_OFFLINE: '1' } })).toEqual(first);
    expect(server.seen).toHaveLength(asked);
    expect(await complaint(download(server, { files: (name) => name.endsWith('.onnx') }))).toMatch(
      /^cannot reach http:/,
    );
    fs.appendFileSync(path.join(first.dir, 'config.json'), ' ');
    expect(await complaint(download(server))).toMatch(/^cannot reach http:.*ECONNREFUSED.*offline/);
    expect(await complaint(download(undefined, { env: { HF_HUB_OFFLINE: '1' } }))).toMatch(/HF_HUB_OFFLINE is set/);
  });

  it('goes into a folder of its own', async () => {
    const server = await start();
    const into = path.join(home, 'mine');
    fs.mkdirSync(into);
    fs.writeFileSync(path.join(into, 'config.json'), 'mine');
    expect(await complaint(download(server, { into }))).toMatch(/holds something already/);
    expect(read(into, 'config.json').toString()).toBe('mine');
    fs.rmSync(path.join(into, 'config.json'));
    await download(server, { into });
    fs.writeFileSync(path.join(into, 'config.json'), 'damaged');
    await download(server, { into });
    expect(read(into, 'config.json').toString()).toBe(FILES['config.json']);
    expect(await complaint(download(server, { into, repo: 'owner/other' }))).toMatch(/no such repository or revision/);
  });
});

describe('a broken transfer', () => {
  const cutAt = (sizes: number[]): HubOptions['fault'] => {
    return (request, response, body) => {
      if (!request.url?.startsWith('/cdn/') || body === undefined || sizes.length === 0) return false;
      const from = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
      const status = from > 0 ? 206 : 200;
      const range = { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` };
      response.writeHead(status, { 'content-length': body.length - from, ...(from > 0 && range) });
      response.write(body.subarray(from, from + sizes.shift()!), () => response.destroy());
      return true;
    };
  };

  it('goes on where it broke off, within one command', async () => {
    const server = await start({ fault: cutAt([100_000, 150_000]) });
    const notes: string[] = [];
    const { dir } = await download(server, { onProgress: ({ note }) => note !== undefined && notes.push(note) });
    expect(read(dir, 'model.safetensors').equals(weights)).toBe(true);
    const ranges = server.seen.filter(({ path: p }) => p.startsWith('/cdn/')).map(({ range }) => range);
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=250000-']);
    expect(notes).toEqual([
      expect.stringContaining('going on at 100000 of 400000'),
      expect.stringContaining('at 250000 of'),
    ]);
    expect(partials(dir)).toEqual([]);
  });

  it('goes on where it broke off, in the next command', async () => {
    const into = path.join(home, 'model');
    const bad = await start({ fault: cutAt([70_000, 0, 0, 0, 0, 0, 0, 0]) });
    expect(await complaint(download(bad, { into }))).toMatch(
      /model\.safetensors breaks off again and again: .*is kept$/,
    );
    expect(partials(into)).toHaveLength(1);
    expect(waited.length).toBeGreaterThan(3);
    const good = await start();
    await download(good, { into });
    expect(read(into, 'model.safetensors').equals(weights)).toBe(true);
    expect(good.seen.find(({ path: p }) => p.startsWith('/cdn/'))?.range).toBe('bytes=70000-');
    expect(good.seen.some(({ path: p }) => p.endsWith('/config.json'))).toBe(false);
  });

  it('stops at Ctrl-C and goes on later', async () => {
    const stop = new AbortController();
    const into = path.join(home, 'model');
    const server = await start({
      fault(request, response, body) {
        if (!request.url?.startsWith('/cdn/') || body === undefined || request.headers.range) return false;
        response.writeHead(200, { 'content-length': body.length }).write(body.subarray(0, 50_000));
        return true;
      },
    });
    const onProgress = ({ file, bytes }: DownloadProgress): void => {
      if (file === 'model.safetensors' && bytes >= 50_000) stop.abort(new Error('stopped by the user'));
    };
    const clock = { now: () => performance.now() * 1000, sleep: () => Promise.resolve() };
    await expect(download(server, { into, signal: stop.signal, onProgress, clock })).rejects.toThrow(
      'stopped by the user',
    );
    await download(server, { into });
    expect(read(into, 'model.safetensors').equals(weights)).toBe(true);
    expect(server.seen.at(-1)?.range ?? server.seen.find(({ range }) => range)?.range).toBeDefined();
  });

  it('on which nothing comes any more is given up and taken up again', async () => {
    let silent = true;
    const server = await start({
      fault(request, response, body) {
        if (!request.url?.startsWith('/cdn/') || body === undefined || !silent) return false;
        silent = false;
        response.writeHead(200, { 'content-length': body.length }).write(body.subarray(0, 10));
        return true;
      },
    });
    const { dir } = await download(server, { silenceMs: 50 });
    expect(read(dir, 'model.safetensors').equals(weights)).toBe(true);
    expect(server.seen.map(({ range }) => range)).toContain('bytes=10-');
  });

  it.each([
    ['ignores ranges', (body: Uint8Array) => [200, {}, body] as const],
    [
      'sends another part',
      (body: Uint8Array) => [206, { 'content-range': 'bytes 7-9/400000' }, body.subarray(7, 10)] as const,
    ],
    ['refuses ranges', () => [416, {}, new Uint8Array()] as const],
  ])('begins again where the hub %s', async (_, answer) => {
    const cut = cutAt([1000])!;
    const server = await start({
      fault(request, response, body) {
        if (cut(request, response, body)) return true;
        if (!request.headers.range || body === undefined || !request.url?.startsWith('/cdn/')) return false;
        const [status, headers, bytes] = answer(body);
        response.writeHead(status, headers).end(bytes);
        return true;
      },
    });
    const { dir } = await download(server);
    expect(read(dir, 'model.safetensors').equals(weights)).toBe(true);
  });

  it('waits as long as the hub asks', async () => {
    let busy = 2;
    const server = await start({
      fault: (_request, response) => busy-- > 0 && (response.writeHead(429, { 'retry-after': '7' }).end(), true),
    });
    await download(server);
    expect(waited).toEqual([7000, 7000]);
    const limited = await start({ fault: (_, r) => (r.writeHead(429, { 'retry-after': '3600' }).end(), true) });
    expect(await complaint(download(limited))).toMatch(/limits requests \(status 429\) and asks to wait 3600 s;/);
    const broken = await start({ fault: (_, r) => (r.writeHead(503).end(), true) });
    expect(await complaint(download(broken, { into: path.join(home, 'x') }))).toMatch(
      /is busy or limits requests \(status 503\)/,
    );
  });
});
