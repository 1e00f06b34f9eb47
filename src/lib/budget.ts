/**
 * A signal that aborts with another one, or when the time is up. The obvious `AbortSignal.any([signal,
 * AbortSignal.timeout(ms)])` is never told: the timeout is collected as garbage while it waits (Node 20).
 */
export function budgeted(
  signal: AbortSignal,
  seconds: number | undefined,
): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  const timer = seconds === undefined ? undefined : setTimeout(abort, 1000 * seconds);
  return {
    signal: controller.signal,
    dispose() {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}
