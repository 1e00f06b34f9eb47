import type { ApiError } from './api-error.ts';

const HEADERS = { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache' };

/** Server-sent events: one a chunk, `[DONE]` at the end; an error is the last event instead. */
export function eventStream(
  chunks: AsyncIterable<object>,
  explain: (error: unknown) => ApiError,
  end: () => void,
): Response {
  const encoder = new TextEncoder();
  const event = (data: string): Uint8Array => encoder.encode(`data: ${data}\n\n`);
  async function* events(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of chunks) yield event(JSON.stringify(chunk));
      yield event('[DONE]');
    } catch (error) {
      yield event(JSON.stringify(explain(error).body()));
    } finally {
      end();
    }
  }
  return new Response(ReadableStream.from(events()) as ReadableStream<Uint8Array>, { headers: HEADERS });
}
