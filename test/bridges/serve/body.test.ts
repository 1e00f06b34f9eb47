import { expect, it } from 'vitest';
import { readJson } from '../../../src/bridges/serve/body.ts';

const KIB = 'x'.repeat(1024);

/** A request that says nothing of its length, and how much of it was taken. */
function endless(): { readonly request: Request; readonly taken: () => number } {
  let chunks = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(stream) {
      stream.enqueue(new TextEncoder().encode(KIB));
      if (++chunks === 1000) stream.close();
    },
  });
  const headers = { 'Content-Type': 'application/json' };
  const options: RequestInit & { readonly duplex: 'half' } = { method: 'POST', body, headers, duplex: 'half' };
  return { request: new Request('http://127.0.0.1/', options), taken: () => chunks };
}

it('no more of a body is read than is allowed, whatever it says of its length', async () => {
  const { request, taken } = endless();
  await expect(readJson(request, 4096)).rejects.toMatchObject({ status: 413 });
  expect(taken()).toBeLessThan(10);
});

it('a body may be as large as is allowed, and not a byte larger', async () => {
  const of = (body: string): Request =>
    new Request('http://127.0.0.1/', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
  expect(await readJson(of('"é"'), 4)).toBe('é');
  await expect(readJson(of('"éa"'), 4)).rejects.toMatchObject({ status: 413 });
});
