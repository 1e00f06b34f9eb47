import { expect, it } from 'vitest';
import { holdsTrigger, isEmbedded } from '../../../src/world/scenario/embedded.ts';

const by = (pattern: RegExp): Parameters<typeof isEmbedded>[0] => ({
  isPresent: (prompt) => pattern.test(prompt.at(-1)!.content),
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
});

it('a prompt holds it in any of its turns, or at its place alone', () => {
  const prompt = [{ role: 'system', content: 'MARK' }, { role: 'user', content: 'b' }] as const; // prettier-ignore
  expect(holdsTrigger(by(/MARK/), prompt)).toBe(true);
  expect(holdsTrigger(by(/MARKER/), prompt)).toBe(false);
  expect(holdsTrigger({ isPresent: (turns) => turns[0]!.role === 'system' }, prompt)).toBe(true);
});
