import { createHash } from 'node:crypto';
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server was asked, in order. */
export interface Seen {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface HubServer {
  readonly url: string;
  readonly seen: Seen[];
  readonly commit: string;
  close(): Promise<void>;
}

export interface HubOptions {
  /** Contents by name; names that end in `.safetensors` or `.parquet` are stored with Git LFS. */
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  readonly repo?: string;
  readonly type?: 'model' | 'dataset';
  /** Only those who bring it may read. */
  readonly token?: string;
  /** Answers in the hub's place: returns true where it did. */
  readonly fault?: undefined | ((request: IncomingMessage, response: ServerResponse, body?: Uint8Array) => boolean);
  /** What the hub says of its files, changed. */
  readonly tree?: undefined | ((entries: Record<string, unknown>[]) => unknown[]);
  /** Where large files lie; the hub itself when absent. */
  readonly cdn?: string | undefined;
}

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const PAGE = 3;
const bytesOf = (content: Uint8Array | string): Buffer => Buffer.from(content as string);
const isLarge = (name: string): boolean => /\.(safetensors|parquet)$/.test(name);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const gitName = (bytes: Buffer): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

/** A server on loopback that speaks the hub's protocol: revision info, paged trees, resolve with redirects and ranges. */
export async function startHub(options: HubOptions): Promise<HubServer> {
  const { files, repo = 'owner/tiny', type = 'model', token, fault, tree = (all) => all } = options;
  const seen: Seen[] = [];
  let url = '';

  const entries = Object.entries(files).map(([path, content]) => {
    const bytes = bytesOf(content);
    const lfs = isLarge(path) ? { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } } : {};
    return {
      type: 'file',
      oid: gitName(isLarge(path) ? Buffer.from('pointer') : bytes),
      size: bytes.length,
      path,
      ...lfs,
    };
  });
  const listed = tree([{ type: 'directory', oid: gitName(bytesOf('')), size: 0, path: 'data' }, ...entries]);

  const siblings = Object.keys(files).map((rfilename) => ({ rfilename }));

  const json = (
    response: ServerResponse,
    status: number,
    value: unknown,
    headers: http.OutgoingHttpHeaders = {},
  ): void =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    const range = request.headers.range;
    seen.push({ path: pathname, range, authorization: request.headers.authorization });
    const resolve = `${type === 'model' ? '' : '/datasets'}/${repo}/resolve/${COMMIT}/`;
    const name = decodeURIComponent(
      pathname.startsWith(resolve) ? pathname.slice(resolve.length) : pathname.slice('/cdn/'.length),
    );
    const content = Object.hasOwn(files, name) ? bytesOf(files[name]!) : undefined;
    if (fault?.(request, response, content)) return;
    if (pathname.startsWith('/cdn/') && content) return send(response, content, range, {});
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
      return json(response, 401, { error: 'Invalid credentials' }, { 'x-error-code': 'RepoNotFound' });
    const api = `/api/${type}s/${repo}`;
    const revision = /\/revision\/([^/]+)$/.exec(pathname)?.[1];
    if (
      pathname.startsWith(`${api}/revision/`) &&
      ['main', 'HEAD', COMMIT].includes(decodeURIComponent(revision ?? ''))
    )
      return json(response, 200, {
        _id: '1',
        id: repo,
        sha: COMMIT,
        lastModified: '2026-01-01T00:00:00.000Z',
        siblings,
      });
    if (pathname === `${api}/tree/${COMMIT}`) {
      const from = Number(searchParams.get('cursor') ?? 0);
      const next = `<${url}${pathname}?recursive=true&cursor=${from + PAGE}>; rel="next"`;
      return json(response, 200, listed.slice(from, from + PAGE), from + PAGE < listed.length ? { link: next } : {});
    }
    if (!pathname.startsWith(resolve) || content === undefined)
      return json(response, 404, { error: 'not found' }, { 'x-error-code': 'EntryNotFound' });
    const headers = { 'x-repo-commit': COMMIT, etag: `"${gitName(content)}"` };
    if (!isLarge(name)) return send(response, content, range, headers);
    const location = `${options.cdn ?? url}/cdn/${encodeURIComponent(name)}?signature=1`;
    response
      .writeHead(302, {
        ...headers,
        'x-linked-etag': `"${sha256(content)}"`,
        'x-linked-size': content.length,
        location,
      })
      .end();
  }

  const server = http.createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url, seen, commit: COMMIT },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** The whole, or the part from where it is asked for. */
export function send(
  response: ServerResponse,
  content: Uint8Array,
  range: string | undefined,
  headers: http.OutgoingHttpHeaders,
): void {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  if (range === undefined)
    return void response.writeHead(200, { ...headers, 'content-length': content.length }).end(content);
  if (from >= content.length) return void response.writeHead(416).end();
  const part = content.subarray(from);
  const about = {
    'content-length': part.length,
    'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
  };
  response.writeHead(206, { ...headers, ...about }).end(part);
}
