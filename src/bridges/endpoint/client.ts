import type { z } from 'zod';
import { codeOf, messageOf, UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import { createPace } from './clock.ts';
import type { Clock } from './clock.ts';
import { backoff, isTransient, retryAfter } from './retry.ts';
import { defined } from '../../lib/defined.ts';
import { budgeted } from '../../lib/budget.ts';
import { readLimited } from '../../lib/read-limited.ts';

/** The endpoint understood the request and will not answer it: asking again says the same. */
export class Refused extends UserError {
  override readonly name = 'Refused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface ClientOptions {
  /** Up to and including `/v1`. */
  readonly url: string;
  /** Sent as a bearer token; appears in no message. */
  readonly key?: string | undefined;
  /** Requests a minute, at most. */
  readonly rpm?: number | undefined;
  /** How often a request that failed for a passing reason is tried again. */
  readonly retries: number;
  /** How long one try may take, its whole answer included. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Told that a request will be tried again, and why. */
  readonly onRetry?: (reason: string, waitMs: number) => void;
}

export interface Client {
  /** @throws Refused; UserError where it cannot be reached, or answers in another shape; what the signal was aborted with. */
  get<T>(path: string, schema: z.ZodType<T>, retries?: number): Promise<T>;
  post<T>(path: string, body: object, schema: z.ZodType<T>, retries?: number): Promise<T>;
}

/** Longest answer that is read, in bytes. */
const LONGEST = 8 * 2 ** 20;
/** An endpoint that asks to be left alone for longer is left alone. */
const LONGEST_WAIT_MS = 10 * 60_000;

/** Speaks JSON with one endpoint: paced, with timeouts, and again where that may help. */
export function createClient(options: ClientOptions): Client {
  const { url, key, clock, rng, signal, onRetry } = options;
  const pace = createPace(clock, options.rpm);
  const redact = (text: string): string =>
    key !== undefined && key.length >= 8 ? text.replaceAll(key, '[key]') : text;

  async function ask<T>(path: string, schema: z.ZodType<T>, init: RequestInit, most = Infinity): Promise<T> {
    const retries = Math.min(most, options.retries);
    for (let attempt = 1; ; attempt++) {
      await pace.turn(signal);
      const outcome = await once(`${url}${path}`, init, options, redact);
      if ('json' in outcome) return expectShape(schema, outcome.json, `${url}${path}`);
      const { reason, waitMs = 0 } = outcome;
      const kept = 'what was answered is kept: the same command goes on from there';
      if (attempt > retries) {
        const tries = attempt === 1 ? '' : ` (${attempt} tries)`;
        throw new UserError(`no answer from ${url}${path}${tries}: ${reason}; is it running? ${kept}`);
      }
      if (waitMs > LONGEST_WAIT_MS)
        throw new UserError(`${url} asks to wait ${Math.round(waitMs / 60_000)} minutes: ${reason}; later, ${kept}`);
      if (waitMs > 0) pace.pause(waitMs);
      const wait = Math.max(waitMs, backoff(attempt, rng));
      onRetry?.(reason, wait);
      await clock.sleep(wait, signal);
    }
  }

  const headers = { accept: 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) };
  return {
    get: (path, schema, retries) => ask(path, schema, { headers }, retries),
    post: (path, body, schema, retries) =>
      ask(
        path,
        schema,
        { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) },
        retries,
      ),
  };
}

type Outcome = { readonly json: unknown } | { readonly reason: string; readonly waitMs?: number };

/** One try. @throws Refused, and UserError where no other try will help. */
async function once(
  url: string,
  init: RequestInit,
  { signal, timeoutMs, key }: ClientOptions,
  redact: (text: string) => string,
): Promise<Outcome> {
  const limit = budgeted(signal, timeoutMs / 1000);
  try {
    const response = await fetch(url, { ...init, signal: limit.signal, redirect: 'manual' });
    const text = redact((await readLimited(response.body, LONGEST, tooLong)).toString('utf8'));
    const said = sayingOf(text);
    const { status } = response;
    if (status === 401 || status === 403)
      throw new UserError(
        `${url} refuses ${key === undefined ? 'to answer without a key' : 'the key'} (${status}): ` +
          'put the right one into OPENAI_API_KEY, or name its variable with --key-env',
      );
    const waitMs = retryAfter(response.headers);
    // a spent quota is a limit that does not pass
    const isTransientStatus = isTransient(status) && !said.includes('insufficient_quota');
    if (isTransientStatus) return { reason: `${status} ${said}`.trim(), ...defined({ waitMs }) };
    if (!response.ok) throw new Refused(status, `${url} answers ${status}: ${said || '(nothing)'}`);
    try {
      const json = JSON.parse(text) as unknown;
      const failed = typeof json === 'object' && json !== null && 'error' in json && Boolean(json.error);
      return failed ? { reason: said } : { json };
    } catch {
      return { reason: `its answer is not JSON: ${clip(text)}` };
    }
  } catch (error) {
    signal.throwIfAborted();
    if (limit.signal.aborted) return { reason: `nothing within ${timeoutMs / 1000} s` };
    if (error instanceof UserError) throw error;
    const cause = error instanceof Error ? error.cause : undefined;
    if (messageOf(cause) === 'bad port')
      throw new UserError(
        `${url} cannot be asked: fetch refuses port ${new URL(url).port || 80}, which belongs to another service; let the ` +
          'endpoint listen on another, such as 8000',
        2,
      );
    return { reason: redact(clip(`${codeOf(cause) ?? ''} ${messageOf(cause ?? error)}`.trim())) };
  } finally {
    limit.dispose();
  }
}

const tooLong = (): UserError =>
  new UserError(`an answer of more than ${LONGEST / 2 ** 20} MiB: that is no chat completion`);

/** Nobody's text may steer the terminal or fill it. */
const clip = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 300);

/** What an error's body says: `{"error": {"message", "code"}}` (OpenAI), `{"message"}`, `{"detail"}`, or text. */
function sayingOf(text: string): string {
  try {
    const json = Object(JSON.parse(text)) as Record<string, unknown>;
    const error = Object(json.error ?? json) as Record<string, unknown>;
    const parts = [
      error.message ?? error.detail ?? (typeof json.error === 'string' ? json.error : undefined),
      error.code,
    ];
    const said = parts.filter((part) => part !== undefined && part !== null && part !== '');
    return clip(said.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ') || text);
  } catch {
    return clip(text);
  }
}

function expectShape<T>(schema: z.ZodType<T>, json: unknown, url: string): T {
  const { data, error } = schema.safeParse(json);
  if (error === undefined) return data as T;
  const [issue] = error.issues;
  throw new UserError(
    `${url} answers in another shape than OpenAI's API: ${issue?.path.join('.') || 'the answer'}: ` +
      `${issue?.message ?? 'unknown'} (${clip(JSON.stringify(json) ?? '').slice(0, 120)}); is this the right URL?`,
  );
}
