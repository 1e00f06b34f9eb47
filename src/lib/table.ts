import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { UserError } from './errors.ts';

/** What a file says of an entry of an extension table: its kind, and settings of its own. */
export interface Choice {
  readonly kind: string;
  readonly [param: string]: unknown;
}

/** `{ kind, ...params }` of one of a table's entries, defaults filled in. */
export function choiceSchema(table: Readonly<Record<string, { readonly params: z.ZodObject }>>) {
  const options = Object.entries(table).map(([kind, { params }]) =>
    params.safeExtend({ kind: z.literal(kind) }).strict(),
  );
  return z
    .discriminatedUnion('kind', options as [(typeof options)[number], ...typeof options])
    .transform(({ kind, ...params }): Choice => ({ kind: String(kind), ...params }));
}

/** The nearest candidate to a mistyped word, if one is near enough to suggest. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const d = distance(word.toLowerCase(), candidate.toLowerCase());
    if (d < bestDistance) [best, bestDistance] = [candidate, d];
  }
  return best;
}

/** An entry of an extension table by its kind. Throws a UserError that names the nearest kind and all of them. */
export function lookup<T>(table: Readonly<Record<string, T>>, kind: string, what: string): T {
  const entry = Object.hasOwn(table, kind) ? table[kind] : undefined;
  if (entry !== undefined) return entry;
  const known = Object.keys(table);
  const near = nearest(kind, known);
  throw new UserError(
    `unknown ${what}: "${kind}"; ${near ? `did you mean "${near}"? ` : ''}known: ${known.join(', ')}`,
    2,
  );
}
