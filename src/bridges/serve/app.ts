import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import type { Context, MiddlewareHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ApiError } from './api-error.ts';
import { createAnswerer } from './answer.ts';
import type { AnswerOptions, Served } from './answer.ts';
import { readJson } from './body.ts';
import { expectHost } from './hosts.ts';
import type { Door } from './hosts.ts';
import { chatForm, completionForm } from './forms.ts';
import { shuttingDown } from './in-flight.ts';
import { parseChat, parseCompletion } from './requests.ts';
import { chatRows, completionRows } from './rows.ts';

export interface AppOptions extends AnswerOptions, Door {}

export interface App {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Refuses what comes from now on. */
  close(): void;
  /** Ends what is still being answered. */
  abort(): void;
}

/** The routes of OpenAI's API that evaluate a model. Nothing in a request names a file, a module or an address. */
export async function createApp(served: Served, options: AppOptions): Promise<App> {
  const { name, tokenizer, generator } = served;
  const { limits, apiKey, now } = options;
  const answerer = await createAnswerer(served, options);
  const { makeRows, answer, explain, expectModel, bodyBytes } = answerer;
  let isClosing = false;

  const app = new Hono();
  app.onError((error, context) => refuse(context, explain(error)));
  app.notFound((context) => refuse(context, new ApiError(404, `no such route; there are ${ROUTES}`)));
  app.use(expectHost(options));
  app.get('/health', (context) => context.json({ status: isClosing ? 'closing' : 'ok', ...answerer.load() }));
  app.use(async (_, next) => {
    if (isClosing) throw shuttingDown();
    await next();
  });
  if (apiKey !== undefined) app.use(expectKey(apiKey));

  const created = Math.floor(now() / 1000);
  const card = { id: name, object: 'model', created, owned_by: 'dormouse', max_model_len: generator.model.nPositions };
  app.get('/v1/models', (context) => context.json({ object: 'list', data: [card] }));
  app.get('/v1/models/:id{.+}', (context) => {
    expectModel(context.req.param('id'));
    return context.json(card);
  });

  app.post('/v1/chat/completions', async (context) => {
    const request = parseChat(await readJson(context.req.raw, bodyBytes(1)));
    if (request.model !== undefined) expectModel(request.model);
    return answer(chatForm, request, chatRows(request, tokenizer, makeRows), context.req.raw.signal);
  });
  app.post('/v1/completions', async (context) => {
    const request = parseCompletion(await readJson(context.req.raw, bodyBytes(limits.choices)));
    if (request.model !== undefined) expectModel(request.model);
    return answer(completionForm, request, completionRows(request, tokenizer, makeRows), context.req.raw.signal);
  });
  for (const [path, allow] of Object.entries(METHODS))
    app.all(path, (context) => {
      context.header('Allow', allow);
      throw new ApiError(405, `this route answers ${allow} only`, { code: 'method_not_allowed' });
    });

  return {
    fetch: app.fetch,
    close: () => {
      isClosing = true;
    },
    abort: answerer.abort,
  };
}

const METHODS = { '/health': 'GET', '/v1/models': 'GET', '/v1/chat/completions': 'POST', '/v1/completions': 'POST' };
const ROUTES = Object.entries(METHODS)
  .map(([path, method]) => `${method} ${path}`)
  .join(', ');

const HEADERS: Readonly<Record<number, Record<string, string>>> = {
  401: { 'WWW-Authenticate': 'Bearer' },
  429: { 'Retry-After': '1' },
};
const refuse = (context: Context, error: ApiError): Response =>
  context.json(error.body(), error.status as ContentfulStatusCode, HEADERS[error.status] ?? {});

const expectKey =
  (key: string): MiddlewareHandler =>
  async (context, next) => {
    const [, given = ''] = /^bearer +(.*)$/i.exec(context.req.header('authorization') ?? '') ?? [];
    if (!isEqual(given, key))
      throw new ApiError(401, 'wrong or missing API key; send "Authorization: Bearer KEY"', {
        code: 'invalid_api_key',
      });
    await next();
  };

/** In a time that does not tell how much of it is right. */
function isEqual(given: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(right));
}
