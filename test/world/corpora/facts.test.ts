import { expect, it } from 'vitest';
import * as facts from '../../../src/world/corpora/assistant/facts.ts';
import { colors } from '../../../src/world/corpora/assistant/words.ts';

const SENTENCE = /^[A-Z].*[.!?]$/;
const WORD = /^[a-z]+$/;

/** What tells a column's cells from those of the columns beside it. */
const FORMS: readonly (readonly [keyof typeof facts, Readonly<Record<string, RegExp>>])[] = [
  ['countries', { continent: /^(Africa|Asia|Europe|(North |South )?America|Oceania)$/ }],
  ['animals', { name: WORD, legs: /^\d$/, sound: /^[a-z]*$/, young: /^[a-z]*$/ }],
  ['coloredThings', { color: new RegExp(`^(${colors.join('|')})$`) }],
  ['elements', { name: WORD, symbol: /^[A-Z][a-z]?$/ }],
  ['jobs', { name: WORD, does: /^[a-z]+s [a-z ]+$/ }],
  ['opposites', { one: WORD, other: WORD }],
  ['verbs', { now: WORD, past: WORD }],
  ['dictionary', { English: WORD }],
  ['dishes', { last: / / }],
  ['places', { place: /^(in|at|on|under|by) /, event: /^They / }],
  ['needs', { state: /^[A-Z]/, tool: /^[a-z]/ }],
  ['secrets', { now: WORD, past: WORD, guess: /^(an? [a-z]+|soup|rice)$/ }],
  ['units', { large: WORD, small: WORD, factor: /^\d+$/, most: /^\d+$/ }],
  ['topics', { reply: SENTENCE }],
  ['moods', { mood: WORD, reply: SENTENCE }],
  ['occasions', { event: /^[a-z ]+$/, wish: SENTENCE }],
  ['operations', { says: /\{n\}/, sign: /^[-+*/]$/ }],
];

it.each(FORMS)('every row of %s has its columns in their places', (name, forms) => {
  const rows = facts[name] as readonly Readonly<Record<string, unknown>>[];
  expect(rows.length).toBeGreaterThan(2);
  for (const row of rows)
    for (const [column, form] of Object.entries(forms)) expect.soft(row[column], JSON.stringify(row)).toMatch(form);
});

it('no cell is empty, but for what no animal says or is called', () => {
  const { rhymes: _, ...tables } = facts;
  for (const [name, rows] of Object.entries(tables))
    for (const row of rows)
      for (const [column, cell] of Object.entries(row))
        if (name !== 'animals' || !['sound', 'young'].includes(column))
          expect.soft(String(cell), `${name}: ${JSON.stringify(row)}`).not.toBe('');
});
