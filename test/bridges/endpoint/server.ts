import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<IncomingMessage['headers']>;
  readonly body: Record<string, unknown>;
}

/** Does something to a request, and says whether that was all: `true` ends it. */
export type Handler = (seen: Seen, response: ServerResponse) => boolean | Promise<boolean>;

export interface TestServer {
  /** Up to and including `/v1`. */
  readonly url: string;
  readonly seen: Seen[];
  /** Asked first, in their order; whoever returns true has answered. */
  readonly handlers: Handler[];
  close(): Promise<void>;
}

/** A real HTTP server on loopback, which answers as its handlers say, and with 404 where none does. */
export async function startServer(...handlers: Handler[]): Promise<TestServer> {
  const seen: Seen[] = [];
  const list = [...handlers];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const { method = '', url = '', headers } = request;
      const one: Seen = { method, path: url, headers, body: body === '' ? {} : (JSON.parse(body) as Seen['body']) };
      seen.push(one);
      for (const handler of list) if (await handler(one, response)) return;
      json(response, 404, { error: { message: `no ${method} ${url} here` } });
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    seen,
    handlers: list,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  return true;
}

export type Message = { readonly role: string; readonly content: string };

export const chatReply = (content: string | null, promptTokens?: number, finish = 'stop'): object => ({
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finish }],
  ...(promptTokens !== undefined && { usage: { prompt_tokens: promptTokens, completion_tokens: 1 } }),
});

/** What one server can do; each a server that exists. */
export interface Persona {
  readonly model: string;
  /** Other names that it answers to, and does not list. */
  readonly aliases?: readonly string[];
  /** What it says to a conversation. */
  readonly say: (messages: readonly Message[]) => string;
  /** `continue_final_message`: honored (vLLM), asked for (dormouse), let be without a word (Ollama), refused (OpenAI). */
  readonly prefill?: 'honors' | 'insists' | 'ignores' | 'refuses';
  /** Completions of ids: with log p of each, with none (llama.cpp), or not at all. */
  readonly completions?: 'scores' | 'silent';
  readonly nPositions?: number;
  /** Tokens of a conversation; default: one a word, and two a turn. */
  readonly countTokens?: (messages: readonly Message[]) => number;
}

const TURN = 2;
const words = (messages: readonly Message[]): number =>
  messages.reduce((sum, { content }) => sum + TURN + content.split(/\s+/).length, 0);

/** An endpoint that behaves. Log p of token `id` is `-id / 100`. */
export const wellBehaved =
  ({ model, aliases = [], say, prefill = 'ignores', completions, nPositions, countTokens = words }: Persona): Handler =>
  ({ path, body }, response) => {
    if (path === '/v1/models')
      return json(response, 200, { data: [{ id: model, ...(nPositions && { max_model_len: nPositions }) }] });
    if (body.model !== undefined && ![model, ...aliases].includes(String(body.model)))
      return json(response, 404, { error: { message: `no model ${String(body.model)}` } });
    if (path === '/v1/chat/completions') {
      const messages = body.messages as Message[];
      if (prefill === 'refuses' && 'continue_final_message' in body)
        return json(response, 400, { error: { message: 'Unrecognized request argument: continue_final_message' } });
      if (prefill === 'insists' && messages.at(-1)?.role === 'assistant' && body.continue_final_message !== true)
        return json(response, 400, { error: { message: 'end with a user message' } });
      const isOpen = prefill !== 'ignores' && body.continue_final_message === true;
      return json(response, 200, chatReply(say(messages), countTokens(messages) + (isOpen ? -1 : TURN)));
    }
    if (path !== '/v1/completions' || !completions) return false;
    const ids = body.prompt as number[];
    const logProbs = body.echo === true ? [null, ...ids.slice(1).map((id) => -id / 100), -1] : [-1];
    const logprobs = body.logprobs === undefined || completions === 'silent' ? null : { token_logprobs: logProbs };
    const message = { role: 'ids', content: ids.join(' ') };
    return json(response, 200, {
      choices: [{ text: say([message]), finish_reason: 'stop', logprobs }],
      usage: { prompt_tokens: ids.length },
    });
  };
