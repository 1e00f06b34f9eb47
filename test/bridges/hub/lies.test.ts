import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DownloadOptions } from '../../../src/bridges/hub/types.ts';
import { COMMIT } from './hub-server.ts';
import type { HubOptions } from './hub-server.ts';
import { complaint, download, FILES, home, read, start, useHub, weights } from './downloads.ts';

useHub();

describe('a hub that lies', () => {
  const lie = async (options: Partial<HubOptions>, asked: Partial<DownloadOptions> = {}): Promise<string> =>
    complaint(download(await start(options), asked));
  const renamed =
    (name: string): HubOptions['tree'] =>
    (entries) =>
      entries.map((entry) => (entry.path === 'tokenizer.json' ? { ...entry, path: name } : entry));
  const anything = (): boolean => true;

  it.each([
    '../../evil.json',
    '/etc/evil.json',
    'a/../../evil.json',
    'a//b.json',
    '..\\evil.json',
    'c:evil.json',
    '.ssh/evil.json',
    'a/./b.json',
    'a\nb.json',
    'x ',
  ])('about a name (%j) is refused before anything is written', async (name) => {
    const into = path.join(home, 'out', 'folder');
    expect(await lie({ tree: renamed(name) }, { into, files: anything })).toMatch(/which is no plain name in a folder/);
    expect(fs.existsSync(path.join(home, 'out'))).toBe(false);
  });

  it('about a content, a size or a commit is found out', async () => {
    const evil =
      (status: number, headers: object, content: Uint8Array): HubOptions['fault'] =>
      (request, response, body) =>
        Boolean(body && request.url?.startsWith('/cdn/')) &&
        (response.writeHead(status, { ...headers }).end(content), true);
    const flipped = weights.slice();
    flipped[200_000]! ^= 1;
    expect(await lie({ fault: evil(200, {}, flipped) })).toMatch(/model\.safetensors arrived damaged/);
    expect(await lie({ fault: evil(200, {}, new Uint8Array(500_000)) })).toMatch(
      /longer than the 400000 bytes that the hub promised/,
    );
    expect(await lie({ fault: evil(200, { 'x-repo-commit': 'f'.repeat(40) }, weights) })).toMatch(
      /comes from commit ffff/,
    );
    expect(
      await lie({
        files: { ...FILES, 'tokenizer.json': 'x' },
        tree: (all) => all.map((e) => ({ ...e, oid: '0'.repeat(40) })),
      }),
    ).toMatch(/arrived damaged/);
    const dir = path.join(home, '.cache/dormouse/hub/models--owner--tiny', COMMIT);
    expect(fs.existsSync(path.join(dir, 'model.safetensors'))).toBe(false);
    expect(JSON.parse(read(dir, 'hub.json').toString())).toMatchObject({ complete: false });
  });

  const answers =
    (body: string, headers = {}): HubOptions['fault'] =>
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);
      return true;
    };
  it.each([
    ['with a page', answers('<html>\x1b[2J'), /does not answer as a hub does: .*JSON/],
    ['without a commit', answers('{"id":"owner/tiny"}'), /does not answer as a hub does: "it names no commit"/],
    ['with a path for a commit', answers('{"sha":"../../etc"}'), /it names no commit/],
    ['without end', answers(`"${'x'.repeat(33 * 2 ** 20)}"`), /its answer is longer than/],
    ['with nothing', answers('null'), /does not answer as a hub does/],
  ])('%s is told', async (_, fault, message) => {
    expect(await lie({ fault })).toMatch(message);
  });

  it('about what it holds is told', async () => {
    expect(await lie({ tree: () => [{ type: 'file', path: 'config.json', size: -1, oid: '0'.repeat(40) }] })).toMatch(
      /without a name, a size or/,
    );
    expect(await lie({ tree: () => [{ type: 'file', path: 'config.json', size: 1, oid: 'abc' }] })).toMatch(
      /without a name, a size or a checksum/,
    );
    expect(await lie({ tree: () => [] })).toMatch(/has none of the files of a model/);
    expect(await lie({ files: { 'pytorch_model.bin': 'x', 'config.json': '{}' } })).toMatch(/only as a pickle/);
    expect(await lie({}, { maxBytes: 1000 })).toMatch(/too large: 400\.\d kB to download, and the limit is 1\.0 kB/);
    const huge = (all: Record<string, unknown>[]): unknown[] => all.map((e) => ({ ...e, size: 2 ** 52 }));
    expect(await lie({ tree: huge }, { maxBytes: Infinity })).toMatch(/free, and .* GB are to come/);
  });

  it('sends its client elsewhere in vain', async () => {
    const other = await start();
    const link = `<${other.url}/api/models/owner/tiny/tree/${COMMIT}?cursor=3>; rel="next"`;
    const server = await start({
      fault(request, response) {
        if (!request.url?.includes('/tree/')) return false;
        response.writeHead(200, { 'content-type': 'application/json', link }).end('[]');
        return true;
      },
    });
    expect(await complaint(download(server, { env: { HF_TOKEN: 'secret' } }))).toMatch(
      /refers to http:.*, which is not asked/,
    );
    expect(other.seen).toEqual([]);
  });
});

describe('what is asked', () => {
  it.each([
    [{ repo: '../evil' }, /not a repository's name/],
    [{ repo: 'a/b/c' }, /not a repository's name/],
    [{ repo: 'owner/na..me' }, /not a repository's name/],
    [{ revision: '../main' }, /not a revision/],
    [{ env: { HF_ENDPOINT: 'ftp://x' } }, /HF_ENDPOINT is not the address of a hub/],
    [{ env: { HF_ENDPOINT: 'http://user:pw@x' } }, /HF_ENDPOINT is not the address of a hub/],
    [
      { env: { HF_ENDPOINT: 'http://hub.example', HF_TOKEN: 'hf_x' } },
      /HF_TOKEN would be readable on its way to http:\/\/hub\.example/,
    ],
  ] satisfies [Partial<DownloadOptions>, RegExp][])('%j is refused', async (options, message) => {
    expect(await complaint(download(undefined, options))).toMatch(message);
  });

  it('may be a revision that is not there', async () => {
    expect(await complaint(download(await start(), { revision: 'v9' }))).toMatch(
      /owner\/tiny at v9: there is no such repository or revision/,
    );
  });
});
