import { openPage } from '../../../lib/page.ts';
import { fill, phrasing } from './phrasing.ts';
import { oneOf } from './reply.ts';
import type { Reply } from './reply.ts';
import { column, distinct } from './words.ts';

type Slots = Readonly<Record<string, readonly unknown[]>>;
type Values<S extends Slots> = { readonly [K in keyof S]: S[K][number] };

/**
 * A kind of request. Its prompts are all its phrasings with all combinations of its slots, so its size is a product.
 * That holds because every phrasing shows every slot; a test sees to it.
 */
export interface FamilySpec<S extends Slots> {
  /** Share of a sample, relative to the others (default 1). */
  readonly weight?: number;
  /** The whole family is kept from training. */
  readonly heldOut?: boolean;
  /** May "Hi!" or "Thanks!" be put around it (default true)? */
  readonly courtesy?: boolean;
  readonly slots: S;
  /**
   * How it is asked: `{slot}` in braces, `held out: ` before what is never trained on. Or the section of
   * `datasets/assistant/phrasings.md` that says so (default: that of its name).
   */
  readonly phrasings?: string | readonly string[];
  /** What phrasings name beside the slots. */
  says?(values: Values<S>): Readonly<Record<string, unknown>>;
  reply(values: Values<S>): Reply;
}

export type Domain = 'in' | 'held-out';

export interface Question {
  /** `addition/3`, or `addition/held-out-0`. */
  readonly phrasing: string;
  /** User, assistant, ..., user. */
  readonly turns: readonly string[];
  reply(): Reply;
}

/** A family as the corpus sees it: numbered questions. */
export interface Family {
  readonly name: string;
  readonly weight: number;
  readonly heldOut: boolean;
  readonly courtesy: boolean;
  /** How many questions a domain has; 0 for a held-out family in `in`. */
  size(domain: Domain): number;
  /** Question `index` of [0, size). Neighbors differ in phrasing. */
  question(domain: Domain, index: number): Question;
}

const HELD_OUT = /^held out: /;
const ANSWER = /^answer: /;
const { list: linesOf } = openPage('phrasings.md');

/** Makes a family of a spec; the slots' types reach the reply. */
export function defineFamily<const S extends Slots>(name: string, spec: FamilySpec<S>): Family {
  const { weight = 1, heldOut = false, courtesy = true, phrasings: given = name } = spec;
  const slots = Object.entries(spec.slots);
  const combinations = slots.reduce((product, [, values]) => product * values.length, 1);
  const lines = (typeof given === 'string' ? linesOf(given) : given).filter((line) => !ANSWER.test(line));
  const label = (prefix: string) => (line: string, i: number) => ({
    id: `${name}/${prefix}${i}`,
    ask: phrasing(line.replace(HELD_OUT, '')),
  });
  const usual = lines.filter((line) => !HELD_OUT.test(line)).map(label(''));
  const unusual = lines.filter((line) => HELD_OUT.test(line)).map(label('held-out-'));
  const phrasings = heldOut ? { in: [], 'held-out': [...usual, ...unusual] } : { in: usual, 'held-out': unusual };

  const valuesAt = (index: number): Values<S> => {
    const values: Record<string, unknown> = {};
    for (const [slot, options] of slots) {
      values[slot] = options[index % options.length];
      index = Math.floor(index / options.length);
    }
    return values as Values<S>;
  };

  return {
    name,
    weight,
    heldOut,
    courtesy,
    size: (domain) => phrasings[domain].length * combinations,
    question(domain, index) {
      const choices = phrasings[domain];
      const { id, ask } = choices[index % choices.length]!;
      const values = valuesAt(Math.floor(index / choices.length));
      return { phrasing: id, turns: ask({ ...values, ...spec.says?.(values) }), reply: () => spec.reply(values) };
    },
  };
}

/** A family that asks for one column of a table's rows, and whose section says how the answer goes. */
export function factFamily<K extends string>(
  name: string,
  slot: string,
  rows: readonly Readonly<Record<K, string>>[],
  asked: K,
  more: Pick<FamilySpec<Slots>, 'weight' | 'heldOut'> = {},
): Family {
  const pool = distinct(column(rows, asked));
  const answer = linesOf(name).find((line) => ANSWER.test(line)) ?? '';
  return defineFamily(name, {
    ...more,
    slots: { row: rows },
    says: ({ row }) => ({ [slot]: row }),
    reply: ({ row }) =>
      oneOf(row[asked], pool, (value) => fill(answer.replace(ANSWER, ''), { [slot]: { ...row, [asked]: value } })),
  });
}
