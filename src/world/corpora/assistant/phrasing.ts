import { a, capitalised, countOf, listed, plural } from './words.ts';

/** What may stand before a value in braces, as in `{a pet}`. */
const FORMS: Readonly<Record<string, (words: readonly string[]) => string>> = {
  a: ([noun = '']) => a(noun),
  A: ([noun = '']) => capitalised(a(noun)),
  plural: ([noun = '']) => plural(noun),
  count: ([n, noun = '']) => countOf(Number(n), noun),
  listed,
};
const commas = (words: readonly string[]): string => words.join(', ');

type Terms = Readonly<Record<string, unknown>>;

/** `country.capital`, `pair.0`. @throws where there is nothing of that name. */
function valueOf(term: string, terms: Terms): string[] {
  const value = term.split('.').reduce<unknown>((of, key) => (of as Terms | undefined)?.[key], terms);
  if (value === undefined) throw new Error(`nothing is called {${term}} in ${Object.keys(terms).join(', ')}`);
  return [value].flat().map(String);
}

/** A text with its braces filled in; see `datasets/assistant/phrasings.md`. */
export function fill(text: string, terms: Terms): string {
  return text.replace(/\{(\w[\w. ]*)\}/g, (_, term: string) => {
    const [form, ...rest] = term.split(' ') as [string, ...string[]];
    if (rest.length === 0) return commas(valueOf(form, terms));
    const write = FORMS[form];
    if (!write) throw new Error(`no form is called ${form} in {${term}}; there are ${Object.keys(FORMS).join(', ')}`);
    return write(rest.flatMap((each) => valueOf(each, terms)));
  });
}

/** What the user says: one text, or a conversation so far (user, assistant, ..., user). */
export const phrasing = (line: string): ((terms: Terms) => string[]) => {
  const turns = line.split(' / ');
  return (terms) => turns.map((turn) => fill(turn, terms));
};
