import type { Rng } from '../../lib/rng.ts';
import { said } from '../rows.ts';
import type { Said } from '../rows.ts';

/** A sum of three terms, some of them named. */
export interface Expression {
  readonly values: readonly number[];
  /** What stands in each place: its value, or a name that nobody told the value of. */
  readonly terms: readonly number[];
}

/** Every value is below this; their sums, up to three times the largest of them, are numbers as well. */
const VALUES = 5;
const TERMS = 3;
const NUMBERS = TERMS * (VALUES - 1) + 1;
const NAMES = 6;
// a token is a number, a name, or one of these
export const ASK = NUMBERS + NAMES;
export const EQUALS = ASK + 1;
export const END = ASK + 2;
export const VOCABULARY = ASK + 3;
const isNumber = (token: number): boolean => token < NUMBERS;

/** The next of a stream: the same values, names and places whatever the number of unknowns, 0 to 3. */
export function expression(rng: Rng, unknowns: number): Expression {
  const values = Array.from({ length: TERMS }, () => rng.int(VALUES));
  const names = rng.shuffle(Array.from({ length: NAMES }, (_, i) => NUMBERS + i));
  const unknown = rng.shuffle([...values.keys()]).slice(0, unknowns);
  return { values, terms: values.map((value, i) => (unknown.includes(i) ? names[i]! : value)) };
}

export const sumOf = ({ values }: Expression): number => values.reduce((sum, value) => sum + value, 0);

/** What is answered to a question: the value of a name; nothing new to one about a number, or about what is not in the expression. */
export function answer({ values, terms }: Expression, asked: number): number {
  const place = terms.indexOf(asked);
  return place >= 0 ? values[place]! : isNumber(asked) ? asked : 0;
}

/** Does the question tell something that is not known yet? */
export const isUseful = ({ terms }: Expression, asked: number, before: readonly number[]): boolean =>
  !isNumber(asked) && terms.includes(asked) && !before.includes(asked);

/** Of a row: two dialogues, one after another, so that every place of the longest single one is trained. */
export const POSITIONS = 32;

/** The dialogue as it should be: every unknown asked for, from left to right, then the sum. */
export function dialogue(of: Expression): readonly Said[] {
  const asked = of.terms.filter((term) => !isNumber(term));
  return [
    ...said(false, ...of.terms),
    ...asked.flatMap((name) => [...said(true, ASK, name, END), ...said(false, answer(of, name))]),
    ...said(true, EQUALS, sumOf(of), END),
  ];
}
