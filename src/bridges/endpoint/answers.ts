import { remove } from '../../lib/files.ts';
import { appendLine, truncateJsonl } from '../../lib/jsonl.ts';
import { defined } from '../../lib/defined.ts';
import { sha256 } from '../../lib/sha256.ts';

/** Answers that were paid for once: a request is a key, its answer JSON. */
export interface Answers {
  has(key: string): boolean;
  get(key: string): unknown;
  /** On disk when this returns. */
  put(key: string, answer: unknown): void;
  /** Found in the file when it was opened. */
  readonly found: number;
  /** ISO times of the first and the last of these. */
  readonly from?: string;
  readonly to?: string;
}

/**
 * The answers kept in a JSONL file, one a line; the line that a killed process tore is dropped.
 *
 * @param now ISO time, written to every line. @param fresh forget what is there.
 * @throws UserError naming the line that is no answer.
 */
export function openAnswers(file: string, now: () => string, fresh = false): Answers {
  if (fresh) remove(file);
  const rows = truncateJsonl(file, ({ key, answer }) => typeof key === 'string' && answer !== undefined);
  const answers = new Map(rows.map(({ key, answer }) => [String(key), answer]));
  const times = rows.flatMap(({ at }) => (typeof at === 'string' ? [at] : [])).sort();
  const [from, to] = [times[0], times.at(-1)];
  return {
    has: (key) => answers.has(key),
    get: (key) => answers.get(key),
    put(key, answer) {
      answers.set(key, answer);
      appendLine(file, JSON.stringify({ key, at: now(), answer }));
    },
    found: answers.size,
    ...defined({ from, to }),
  };
}

/** The name under which a request's answer is kept: where it went and all that it said (no header, so no key). */
export const requestKey = (url: string, body: object): string =>
  sha256(`1 ${url} ${JSON.stringify(body)}`).slice(0, 32);
