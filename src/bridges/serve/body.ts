import { ApiError } from './api-error.ts';

/** Only JSON that says so: a web page cannot send that to another server without asking first. */
export async function readJson(request: Request, mostBytes: number): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? ''))
    throw new ApiError(415, 'the body must be JSON; send "Content-Type: application/json"', {
      code: 'invalid_content_type',
    });
  const text = await readText(request, mostBytes);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError(400, 'the body is not JSON', { code: 'invalid_json' });
  }
}

/** No more of it than is allowed, whatever it says of its length. */
async function readText({ headers, body }: Request, mostBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = Number(headers.get('content-length') ?? 0);
  if (bytes <= mostBytes && body) {
    bytes = 0;
    try {
      for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > mostBytes) break;
        chunks.push(chunk);
      }
    } catch {
      throw new ApiError(400, 'the body broke off', { code: 'incomplete_body' });
    }
  }
  if (bytes > mostBytes)
    throw new ApiError(413, `the body is too large: at most ${mostBytes} bytes are read`, { code: 'body_too_large' });
  return Buffer.concat(chunks).toString('utf8');
}
