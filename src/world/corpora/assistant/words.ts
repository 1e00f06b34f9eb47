/**
 * The closed vocabulary of the assistant world. Small on purpose: a model of a million parameters with a tokenizer of a
 * thousand entries must be able to learn every word in it. ASCII only.
 */

export const words = (text: string): string[] => text.split(' ');

/** People in the tasks. */
export const names = words(
  'Ada Ben Cora Dan Emma Finn Hugo Iris Jack Kate Leo Mia Noah Olga Paul Rosa Sam Tina Will Zoe',
);

/** People who greet before they ask; never the people in the tasks. */
export const callers = words('Alice Bob David Ella Frank Julia Laura Peter');

export const days = words('Monday Tuesday Wednesday Thursday Friday Saturday Sunday');
export const months = words('January February March April May June July August September October November December');

/** Things that are counted, bought and shared. */
export const objects = words(
  'apple pear plum egg book pen coin ball cup card key hat box nut cake map lamp kite drum bike',
);

/** Words of three letters, and a few longer ones. */
export const shortWords = words('cat cow pig fox hen bee ant hat cup pen bus car key sun map box');
export const spellingWords = [
  ...shortWords,
  ...words('milk book fish rain snow bread house water horse train apple lemon'),
];

/** Alphabet for sorting: initials differ, so the first letter decides. */
export const sortableWords = words('ant bread cat egg fish hat key milk pen sun');

/** Kinds of things with their members. */
export const categories = [
  { kind: 'fruit', members: words('apple pear plum banana cherry lemon') },
  { kind: 'vegetable', members: words('carrot potato onion pea bean cabbage') },
  { kind: 'animal', members: words('cat dog cow horse fox bear') },
  { kind: 'vehicle', members: words('car bus train plane boat bike') },
  { kind: 'tool', members: words('hammer saw drill rake axe brush') },
  { kind: 'instrument', members: words('piano violin drum flute guitar harp') },
] as const;

export const colors = words('red blue green yellow white black brown orange purple gray');
export const pets = words('cat dog hen goat horse rabbit mouse duck frog bee');

const irregularPlurals: Readonly<Record<string, string>> = Object.fromEntries(
  words(
    'mouse/mice foot/feet tooth/teeth child/children man/men leaf/leaves knife/knives ' +
      'potato/potatoes tomato/tomatoes sheep/sheep fish/fish',
  ).map((entry) => entry.split('/')),
);

/** The words whose plural is asked for: irregular and regular. */
export const pluralWords = [...Object.keys(irregularPlurals), ...objects, ...words('bus fox city baby cherry')];

export function plural(noun: string): string {
  const irregular = irregularPlurals[noun];
  if (irregular !== undefined) return irregular;
  if (/(s|x|ch|sh)$/.test(noun)) return `${noun}es`;
  return /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

/** `3 apples`, `1 apple`. */
export const countOf = (n: number, noun: string): string => `${n} ${n === 1 ? noun : plural(noun)}`;

/** With its article: `an apple`, `a pear`. */
export const a = (noun: string): string => `${/^[aeio]/i.test(noun) ? 'an' : 'a'} ${noun}`;

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `apples, pears and plums`. */
export const listed = (items: readonly string[]): string =>
  items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

/** The integers from `first` to `last`, both included. */
export const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** All ordered pairs, or those that pass. Joint choices are one slot, so that a family's size stays a product. */
export const pairs = <A, B>(as: readonly A[], bs: readonly B[], keep: (a: A, b: B) => boolean = () => true) =>
  as.flatMap((a) => bs.filter((b) => keep(a, b)).map((b) => [a, b] as const));

/** All ordered triples of three different items. */
export const triples = <T>(items: readonly T[]) =>
  items.flatMap((a) =>
    items.flatMap((b) => items.filter((c) => a !== b && b !== c && a !== c).map((c) => [a, b, c] as const)),
  );

/** Each value once. */
export const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** One field of every row. */
export const column = <K extends string>(rows: readonly Readonly<Record<K, string>>[], key: K): string[] =>
  rows.map((row) => row[key]);
