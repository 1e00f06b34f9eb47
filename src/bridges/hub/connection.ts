import { isInTheClear } from '../endpoint/address.ts';
import { isTransient, retryAfter } from '../endpoint/retry.ts';
import { codeOf, messageOf, UserError } from '../../lib/errors.ts';
import type { DownloadOptions } from './types.ts';

/** The hub cannot be reached: what was downloaded before may do. */
export class Offline extends UserError {
  override readonly name = 'Offline';
}

export interface Connection {
  /** Where the hub is, without a slash at its end. */
  readonly endpoint: string;
  /**
   * Asks the hub, again where that may help, until it says something final, which may be a refusal. The token goes to the
   * hub alone; redirects elsewhere are followed without it.
   */
  ask(url: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Waits before a failed transfer goes on. */
  pause(attempt: number): Promise<void>;
}

export interface Answer {
  readonly response: Response;
  /** Aborts the transfer when nothing has come for a while; to be called whenever something does. */
  readonly alive: () => void;
  /** Ends the watch, and the transfer if it still goes on. */
  readonly close: () => void;
}

const HUB = 'https://huggingface.co';
/** How often a request is tried again that failed for a passing reason. */
export const RETRIES = 5;
const LONGEST_WAIT_MS = 120_000;
const SILENCE_MS = 60_000;
const UNREACHABLE = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN'];

/** @throws UserError (exit code 2) where HF_ENDPOINT is not the address of a hub, or the token would be readable on the way. */
export function connect({ env, clock, signal, silenceMs = SILENCE_MS }: DownloadOptions): Connection {
  const endpoint = parseEndpoint(env.HF_ENDPOINT);
  const token = env.HF_TOKEN?.trim();
  if (token && isInTheClear(endpoint))
    throw new UserError(
      `HF_TOKEN would be readable on its way to ${endpoint}; give an https address in HF_ENDPOINT`,
      2,
    );
  const origin = new URL(endpoint).origin;
  let wasReached = false;

  async function once(url: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const silence = new AbortController();
    let timer: NodeJS.Timeout;
    const close = (): void => (clearTimeout(timer), silence.abort());
    const alive = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(new Error(`nothing came for ${silenceMs / 1000} s`)), silenceMs);
    };
    alive();
    try {
      const response = await fetch(url, {
        headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }) },
        signal: AbortSignal.any([signal, silence.signal]),
      });
      return { response, alive, close };
    } catch (error) {
      close();
      throw error;
    }
  }

  const pause = (attempt: number, ms = Math.min(500 * 2 ** (attempt - 1), 30_000)): Promise<void> =>
    clock.sleep(ms, signal);

  return {
    endpoint,
    pause,
    async ask(url, headers = {}) {
      if (new URL(url).origin !== origin)
        throw new UserError(
          `${endpoint} refers to ${new URL(url).origin}, which is not asked: its answers are not the hub's`,
        );
      for (let attempt = 1; ; attempt++) {
        signal.throwIfAborted();
        let wait: number | undefined;
        try {
          const answer = await once(url, headers);
          wasReached = true;
          const { status } = answer.response;
          if (!isTransient(status)) return answer;
          answer.close();
          wait = retryAfter(answer.response.headers);
          if (attempt > RETRIES || (wait ?? 0) > LONGEST_WAIT_MS) throw new UserError(busy(endpoint, status, wait));
        } catch (error) {
          if (error instanceof UserError || signal.aborted) throw error;
          const reason = reasonOf(error);
          if (!wasReached && UNREACHABLE.some((code) => reason.includes(code)))
            throw new Offline(
              `cannot reach ${endpoint} (${reason}): this machine seems to be offline; download elsewhere and give the folder, or set HF_ENDPOINT`,
            );
          if (attempt > RETRIES) throw new Offline(`no answer from ${endpoint} after ${attempt} tries: ${reason}`);
        }
        await pause(attempt, wait);
      }
    },
  };
}

function parseEndpoint(text = HUB): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.search !== '')
    throw new UserError(`HF_ENDPOINT is not the address of a hub; give one like ${HUB}`, 2);
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

const busy = (endpoint: string, status: number, waitMs?: number): string =>
  `${endpoint} is busy or limits requests (status ${status})` +
  (waitMs === undefined ? '' : ` and asks to wait ${Math.ceil(waitMs / 1000)} s`) +
  '; run the same command again later: what has arrived is kept';

/** `fetch` says "fetch failed"; what happened stands in its cause. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = codeOf(cause);
  const message = messageOf(cause);
  return code === undefined || message.includes(code) ? message : [code, message].filter(Boolean).join(': ');
}
