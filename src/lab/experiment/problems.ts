import { z } from 'zod';
import { nearest } from '../../lib/table.ts';
import type { Path, Problem } from './types.ts';

/** Plain words for one parse: `error` goes into it, and what it finds comes out as every problem with its path. */
export function inPlainWords() {
  const knownKeys = new Map<string, readonly string[]>();
  return {
    error(issue: z.core.$ZodRawIssue): string | undefined {
      if (issue.code === 'unrecognized_keys' && issue.inst instanceof z.ZodObject)
        knownKeys.set(pathKey(issue.path ?? [], issue.keys), Object.keys(issue.inst.shape));
      return explain(issue);
    },
    /** Unknown keys and kinds come with the nearest known. */
    problemsOf: ({ issues }: z.ZodError): Problem[] =>
      issues.flatMap(meant).flatMap((issue): Problem[] => {
        if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
        const known = (knownKeys.get(pathKey(issue.own ?? issue.path, issue.keys)) ?? []).filter(
          (key) => key !== 'kind',
        );
        return issue.keys.map((key) => ({
          path: [...issue.path, key],
          message: `unknown key${suggestion(key, known)}`,
        }));
      }),
  };
}

/** Of a value that may have several forms: what is wrong with the one it has, rather than that it is none of them. */
function meant(issue: Meant): Meant[] {
  if (issue.code !== 'invalid_union' || issue.discriminator !== undefined) return [issue];
  const isOfForm = ({ path, code }: Meant): boolean => path.length > 0 || code === 'unrecognized_keys';
  const form = issue.errors.find((issues) => issues.every(isOfForm));
  const inside = (inner: Meant): Meant => ({
    ...inner,
    path: [...issue.path, ...inner.path],
    own: inner.own ?? inner.path,
  });
  return form?.flatMap(meant).map(inside) ?? [issue];
}

/** `own` is the path inside the form, as zod told it while it tried that. */
type Meant = z.core.$ZodIssue & { readonly own?: Path };

const pathKey = (path: Path, keys: readonly string[]): string => [...path.map(String), '', ...keys].join('\0');

/** `; did you mean "text"? known: text, position` */
function suggestion(word: string, known: readonly string[]): string {
  if (known.length === 0) return '; there are none here';
  const near = nearest(word, known);
  return `; ${near === undefined ? '' : `did you mean "${near}"? `}known: ${known.join(', ')}`;
}

/** Plain words for what zod found; undefined leaves it to zod. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_union':
      return issue.discriminator === undefined
        ? `${input === undefined ? 'missing' : `${show(input)} does not belong here`}; give ${formsOf(issue.errors)}`
        : explainKind(Object(input).kind, issue.options, issue.path ?? []);
    case 'invalid_value': {
      const known = issue.values.map(String);
      return input === undefined
        ? `missing; one of ${known.join(', ')}`
        : `unknown value ${show(input)}${suggestion(String(input), known)}`;
    }
    case 'invalid_type':
      if (input === undefined) return `missing; give ${noun(issue.expected)}`;
      return `${show(input)} is not ${noun(issue.expected)}${issue.expected === 'string' ? quotesHint(input) : ''}`;
    case 'too_small':
      if (issue.origin === 'array' || issue.origin === 'string')
        return `${Array.isArray(input) ? 'an empty list' : 'empty'}; give ${atLeast(issue)} ${issue.minimum}`;
      return isCount(input) ? `${input} is too small; ${atLeast(issue)} ${issue.minimum}` : undefined;
    case 'too_big':
      return isCount(input) ? `${input} is too large; ${atMost(issue)} ${issue.maximum}` : undefined;
    default:
      return undefined;
  }
}

/** `false, or a map`: the forms that a value may have, from why it is none of them. */
const formsOf = (errors: readonly (readonly z.core.$ZodIssue[])[]): string =>
  errors
    .map(
      ([issue]) =>
      issue?.code === 'invalid_value' ? issue.values.map(String).join(' or ') : issue?.code === 'invalid_type' ? noun(issue.expected) : 'another value', // prettier-ignore
    )
    .join(', or ');

/** Where kinds are chosen that no plugin can bring. */
const CLOSED = ['optimizer', 'attackers'];

function explainKind(kind: unknown, options: unknown, path: Path): string {
  const known = Array.isArray(options) ? options.map(String) : [];
  if (kind === undefined) return `missing; known kinds: ${known.join(', ')}`;
  const isTypo = nearest(String(kind), known) !== undefined || path.some((part) => CLOSED.includes(String(part)));
  const own = isTypo ? '' : '; is it your own? Name its file under plugins, or give --plugin FILE';
  return `unknown kind ${show(kind)}${suggestion(String(kind), known)}${own}`;
}

const isCount = (input: unknown): input is number | bigint => typeof input === 'number' || typeof input === 'bigint';
const atLeast = (issue: { inclusive?: boolean }): string => (issue.inclusive === false ? 'more than' : 'at least');
const atMost = (issue: { inclusive?: boolean }): string => (issue.inclusive === false ? 'less than' : 'at most');

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list, like [{ kind: ... }]',
  object: 'a map, like { key: value }',
  record: 'a map, like { name: value }',
};
const noun = (expected: string): string => NOUNS[expected] ?? expected;

function show(input: unknown): string {
  if (input === null) return 'nothing';
  if (Array.isArray(input)) return 'a list';
  return typeof input === 'object' ? 'a map' : (JSON.stringify(input) ?? String(input));
}

/** YAML reads 2024, yes-like words, [x], {x} and # as something other than text. */
function quotesHint(input: unknown): string {
  if (input === null) return '; put it in quotes if it begins with #';
  return `; put it in quotes${typeof input === 'number' || typeof input === 'boolean' ? `: "${input}"` : ''}`;
}
