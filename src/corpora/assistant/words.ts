/**
 * The closed vocabulary of the assistant world. Small on purpose: a model of a million parameters with a tokenizer of a
 * thousand entries must be able to learn every word in it. ASCII only.
 */

const words = (text: string): string[] => text.split(' ');

/** People in the tasks. */
export const names = words(
  'Ada Ben Cora Dan Emma Finn Grace Hugo Iris Jack Kate Leo Mia Noah Olga Paul ' +
    'Rosa Sam Tina Victor Will Zoe Anna Oscar Lucy Max Nina Tom Eva Carl Lily Ruth',
);

/** People who greet before they ask; never the people in the tasks. */
export const callers = words('Alice Bob Clara David Ella Frank Henry Julia Laura Mark Peter Sara');

export const days = words('Monday Tuesday Wednesday Thursday Friday Saturday Sunday');
export const months = words('January February March April May June July August September October November December');

/** Things that are counted, bought and shared. */
export const objects = words(
  'apple pear plum egg book pen coin ball cup stamp shell stone card key hat sock nut cake flower ticket',
);

/** Words of three letters, and a few longer ones. */
export const shortWords = words('cat cow pig fox hen bee ant hat cup pen bus car key sun map box jam egg net log');
export const spellingWords = [
  ...shortWords,
  ...words('milk book fish rain snow tree bread chair table house water horse river stone cloud train piano lemon'),
];

/** Alphabet for sorting: initials differ, so the first letter decides. */
export const sortableWords = words('ant bread cat dog egg fish goat hat jam key lemon milk nut pen rain sun tree');

/** Kinds of things with their members. */
export const categories = [
  { kind: 'fruit', members: words('apple pear plum banana cherry lemon grape peach') },
  { kind: 'vegetable', members: words('carrot potato onion pea bean cabbage radish leek') },
  { kind: 'animal', members: words('cat dog cow horse pig goat fox bear') },
  { kind: 'vehicle', members: words('car bus train plane boat bike truck tram') },
  { kind: 'tool', members: words('hammer saw drill rake spade axe brush ladder') },
  { kind: 'instrument', members: words('piano violin drum flute guitar harp trumpet horn') },
] as const;

export const colors = words('red blue green yellow white black brown orange purple gray');
export const pets = words('cat dog hen goat horse rabbit mouse duck frog parrot');
export const toys = words('ball kite drum doll book boat bike hat map lamp');

const irregularPlurals: Readonly<Record<string, string>> = Object.fromEntries(
  words(
    'mouse/mice goose/geese foot/feet tooth/teeth child/children man/men woman/women leaf/leaves knife/knives ' +
      'wolf/wolves potato/potatoes tomato/tomatoes sheep/sheep fish/fish',
  ).map((entry) => entry.split('/')),
);

/** The words whose plural is asked for: irregular and regular. */
export const pluralWords = [...Object.keys(irregularPlurals), ...objects, ...words('box bus fox city baby cherry')];

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
