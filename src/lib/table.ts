import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { UserError } from './errors.ts';

/** What a file says of an entry of an extension table: its kind, and settings of its own. */
export interface Choice {
  readonly kind: string;
  readonly [param: string]: unknown;
}

/** `{ kind, ...params }` of one of a table's entries, defaults filled in. */
export function choiceSchema(table: Readonly<Record<string, Definition>>) {
  const options = Object.entries(table).map(([kind, { params }]) =>
    params.safeExtend({ kind: z.literal(kind) }).strict(),
  );
  return z
    .discriminatedUnion('kind', options as [(typeof options)[number], ...typeof options])
    .transform(({ kind, ...params }): Choice => ({ kind: String(kind), ...params }));
}

/** What an entry of an extension table has at least. */
interface Definition {
  readonly params: z.ZodObject;
}

/** A choice bound to what it names: the definition, and the settings in the definition's own types. */
export type Bound<D extends Definition> = D extends unknown
  ? { readonly kind: string; readonly definition: D; readonly params: z.output<D['params']> }
  : never;

/**
 * The one place where a choice becomes a definition with its settings, defaults filled in.
 *
 * @param what the entry is called in messages, as in `lookup`.
 * @throws UserError (exit code 2) where the table has no such kind, or the definition refuses the settings.
 */
export function bind<D extends Definition>(
  table: Readonly<Record<string, D>>,
  { kind, ...given }: Choice,
  what: string,
): Bound<D> {
  const definition = lookup(table, kind, what);
  const { data, error } = definition.params.safeParse(given);
  if (data) return { kind, definition, params: data } as Bound<D>;
  const wrong = error.issues.map(({ path, message }) => `${path.join('.') || 'settings'}: ${message}`).join('; ');
  throw new UserError(`the ${what} "${kind}" is wrong: ${wrong}`, 2);
}

/** What a choice makes: its definition's `create` on its settings. @throws UserError as `bind` does. */
export function createFrom<T>(
  table: Readonly<Record<string, Definition & { create(params: Record<string, unknown>): T }>>,
  choice: Choice,
  what: string,
): T {
  const { definition, params } = bind(table, choice, what);
  return definition.create(params);
}

/** Was it this definition that was chosen? Then its settings have that definition's types. */
export const isOf = <D extends Definition>(bound: Bound<Definition>, definition: D): bound is Bound<D> =>
  bound.definition === definition;

/** The nearest candidate to a mistyped word, if one is near enough to suggest. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const apart = (candidate: string): number => distance(word.toLowerCase(), candidate.toLowerCase());
  const [best] = candidates.toSorted((a, b) => apart(a) - apart(b));
  return best !== undefined && apart(best) <= Math.max(2, Math.floor(word.length / 3)) ? best : undefined;
}

/** @throws UserError (exit code 2) for a word that is not known, with the nearest of those that are, or all. */
export function expectKnown(word: string, known: readonly string[], problem: string): void {
  if (known.includes(word)) return;
  const near = nearest(word, known);
  throw new UserError(`${problem}: ${word}; ${near ? `did you mean ${near}?` : `known: ${known.join(', ')}`}`, 2);
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
