import { ApiError } from './api-error.ts';
import { readLimited } from '../../lib/read-limited.ts';

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

async function readText({ headers, body }: Request, mostBytes: number): Promise<string> {
  const tooLong = (): ApiError =>
    new ApiError(413, `the body is too large: at most ${mostBytes} bytes are read`, { code: 'body_too_large' });
  if (Number(headers.get('content-length') ?? 0) > mostBytes) throw tooLong();
  try {
    return (await readLimited(body, mostBytes, tooLong)).toString('utf8');
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError(400, 'the body broke off', { code: 'incomplete_body' });
  }
}
