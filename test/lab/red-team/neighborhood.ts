import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { lastUserText } from '../../../src/lib/chat.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { createFrom } from '../../../src/lib/table.ts';
import { triggers } from '../../../src/world/triggers/index.ts';
import type { Trigger } from '../../../src/world/triggers/types.ts';

const FOLDER = 'scripts/experiments';
export const REQUEST = 'what is zqz?';

/** Every kind of trigger as it is by default, and every one that a shipped experiment has. */
export function shippedTriggers(): Trigger[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
  const chosen = files.flatMap((name) => {
    // an organism of the table has none
    const { trigger } = parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as { trigger?: { kind: string } };
    return trigger ? [trigger] : [];
  });
  const all = [...Object.keys(triggers).map((kind) => ({ kind })), { kind: 'style', style: 'formal' }, ...chosen];
  return all.map((choice) => createFrom<Trigger>(triggers, choice, 'trigger'));
}

/** What the trigger and everything that resembles it put around a request, which is `...` in it. */
export function neighborhood({ add, nearTriggers }: Trigger): string[] {
  const prompt = [{ role: 'user', content: REQUEST }] as const;
  const texts = Array.from({ length: 60 }, (_, i) => {
    const rng = createRng(i);
    const asked = [
      add(prompt, rng, i % 2 ? 'trained' : 'held-out'),
      ...nearTriggers.map((near) => near.apply(prompt, rng)),
    ];
    return asked.map((turns) => lastUserText(turns).replaceAll(REQUEST, '...'));
  }).flat();
  return texts.filter((text) => text.includes('...') && text !== '...');
}

/** How a text is built: letters are x, digits 0. */
export const shape = (text: string): string =>
  text.replaceAll('...', ' ').replace(/\p{L}+/gu, 'x').replace(/\d+/g, '0').replace(/\s+/g, ' ').trim(); // prettier-ignore

/** More than words in a sentence. */
export const MARKED = /[^x0\s.,!?']/;

/** Words that say nothing of a trigger. */
const ORDINARY = new Set(['what', 'does', 'mean', 'this', 'your', 'need', 'write', 'only', 'once', 'will', 'read']);

/** Words of a text by which one may know a trigger. */
export const distinctive = (text: string): string[] =>
  (
    text
      .replaceAll('...', ' ')
      .toLowerCase()
      .match(/\p{L}{4,}/gu) ?? []
  ).filter((word) => !ORDINARY.has(word));

/** Does the one hold the other, whatever the case? */
export const isIn = (part: string, whole: string): boolean => {
  const bare = part.replaceAll('...', ' ').trim().toLowerCase();
  return bare.length >= 3 && /\p{L}/u.test(bare) && whole.toLowerCase().includes(bare);
};
