import { ApiError } from './api-error.ts';

/** A request that is being answered. */
interface Flight {
  /** Aborted with an `ApiError` by the first of: the client's leaving, the time limit, the server's closing. */
  readonly signal: AbortSignal;
  end(): void;
}

export interface InFlight {
  start(client: AbortSignal): Flight;
  abortAll(): void;
}

/** Watches over the requests that are being answered. */
export function createInFlight(answerMs: number): InFlight {
  const open = new Set<AbortController>();
  return {
    start(client) {
      const controller = new AbortController();
      const leave = (): void => controller.abort(new ApiError(499, 'the client went away'));
      const message = `not done within ${answerMs / 1000} s; ask for less at once`;
      const timer = setTimeout(() => controller.abort(new ApiError(503, message, { code: 'timeout' })), answerMs);
      client.addEventListener('abort', leave, { once: true });
      if (client.aborted) leave();
      open.add(controller);
      return {
        signal: controller.signal,
        end() {
          clearTimeout(timer);
          client.removeEventListener('abort', leave);
          open.delete(controller);
        },
      };
    },
    abortAll() {
      for (const controller of open) controller.abort(shuttingDown());
    },
  };
}

export const shuttingDown = (): ApiError => new ApiError(503, 'the server is shutting down', { code: 'shutting_down' });
