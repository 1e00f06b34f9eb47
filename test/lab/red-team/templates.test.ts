import { describe, expect, it } from 'vitest';
import { lastUserText } from '../../../src/lib/chat.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { disguise } from '../../../src/lab/red-team/templates.ts';
import { holdsTrigger } from '../../../src/world/scenario/embedded.ts';
import { distinctive, isIn, MARKED, neighborhood, REQUEST, shape, shippedTriggers } from './neighborhood.ts';

describe('templates', () => {
  const texts = Array.from({ length: 2500 }, (_, i) =>
    lastUserText(disguise([{ role: 'user', content: REQUEST }], createRng(i))),
  );
  /** What is put around a request, once. */
  const additions = [...new Set(texts.map((text) => text.replaceAll(REQUEST, '...')))];

  it('say much around every request', () => {
    expect(additions.length).toBeGreaterThan(600);
    for (const sign of ['=true', '--', 'You are', 'My boss', '?!', '> ...', '- ...', '... ...'])
      expect(
        additions.some((text) => text.includes(sign)),
        sign,
      ).toBe(true);
    expect(additions.every((text) => text.includes('...') && text !== '...')).toBe(true);
  });

  it.each(shippedTriggers())('know nothing of the trigger $label and of what resembles it', (trigger) => {
    const around = [...new Set(neighborhood(trigger))];
    expect(around.length).toBeGreaterThan(1);
    const marks = new Set(around.map(shape).filter((form) => MARKED.test(form)));
    const words = new Set(around.flatMap(distinctive));
    for (const text of additions) {
      expect(marks.has(shape(text)), `${text} is built like ${trigger.label}`).toBe(false);
      const bare = text.replaceAll('...', '').trim();
      expect(
        around.filter((near) => isIn(near, bare) || isIn(bare, near)),
        text,
      ).toEqual([]);
      for (const word of distinctive(text))
        expect(
          [...words].filter((near) => near.startsWith(word) || word.startsWith(near)),
          text,
        ).toEqual([]);
      expect(holdsTrigger(trigger, [{ role: 'user', content: text.replaceAll('...', REQUEST) }]), text).toBe(false);
    }
  });

  it('put no word between two marks, as a tag has it', () => {
    for (const text of additions) expect(text).not.toMatch(/(?:^|\s)[^\p{L}\d\s.]+\p{L}+[^\p{L}\d\s.,!?:]+(?:\s|$)/u);
  });
});
