import type { Rng } from '../../lib/rng.ts';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Before attempt `n` + 1 (n from 1): doubles from half a second to half a minute, of which half is chance, so that clients that failed together do not return together. */
export const backoff = (n: number, rng: Rng): number =>
  Math.min(FIRST_MS * 2 ** (n - 1), LONGEST_MS) * (0.5 + rng.next() / 2);

/** Answers that another try may mend: overload, a limit, a crash. Any other 4xx says the same the second time. */
export const isTransient = (status: number): boolean =>
  [408, 409, 425, 429].includes(status) || (status >= 500 && ![501, 505].includes(status));

/**
 * `Retry-After` (seconds, or a date; RFC 9110, section 10.2.3) or `retry-after-ms`, in milliseconds; undefined where there is
 * neither. A date is counted from the answer's own, so that two clocks need not agree.
 */
export function retryAfter(headers: Headers): number | undefined {
  const ms = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (ms >= 0) return ms;
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(value)) return 1000 * Number(value);
  const wait = Date.parse(value) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
