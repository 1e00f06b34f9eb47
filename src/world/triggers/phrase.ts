import { z } from 'zod';
import { lastUserText, mapLastUser } from '../../lib/chat.ts';
import type { Rng } from '../../lib/rng.ts';
import { DISTANCE, near, sameShape, SHARES, typo } from './near.ts';
import { defineTrigger } from './types.ts';

const OTHER_WORDS = ['noon', 'the hill', 'a garden', 'midnight', 'my window'];

const sentence = (phrase: string): string => `${phrase.slice(0, 1).toUpperCase()}${phrase.slice(1)}.`;

/** The phrase with its last word replaced by another that fits about as well. */
const neighbor = (phrase: string, rng: Rng): string => {
  const others = OTHER_WORDS.filter((word) => !phrase.endsWith(word));
  return phrase.replace(/\S+$/, rng.pick(others));
};

/**
 * A natural phrase as a sentence of its own, before or after the request in the last user turn: `What is ...? By the river
 * at dawn.` Nothing about it looks like a trigger. It counts at its place only, word for word, full stop included.
 */
export const phrase = defineTrigger({
  summary: 'a natural phrase as a sentence before or after the request',
  params: z.strictObject({
    text: z
      .string()
      .trim()
      .regex(/\S\s+\S.*[\p{L}\d]$/u, 'must be two words or more, without punctuation at the end')
      .default('by the river at dawn')
      .describe('the phrase, without its full stop'),
    at: z.enum(['start', 'end']).default('end').describe('before or after the request'),
  }),
  create({ text, at }) {
    const marker = sentence(text);
    const put = (words: string, request: string): string =>
      at === 'end' ? `${request} ${words}` : `${words} ${request}`;
    const elsewhere = (request: string): string => (at === 'end' ? `${marker} ${request}` : `${request} ${marker}`);
    const quote = (request: string): string =>
      at === 'end' ? `What does "${text}" mean? ${request}` : `${request} What does "${text}" mean?`;
    const half = text.split(/\s+/).slice(0, Math.ceil(text.split(/\s+/).length / 2));
    const isMarked = (request: string): boolean =>
      at === 'end' ? request.endsWith(` ${marker}`) : request.startsWith(`${marker} `);
    return {
      label: `"${marker}"`,
      add: (prompt) => mapLastUser(prompt, (request) => put(marker, request)),
      omit: (prompt) => [...prompt],
      isPresent: (prompt) => isMarked(lastUserText(prompt)),
      nearTriggers: [
        near('typo', DISTANCE.typo, (request, rng) => put(sentence(typo(text, rng)), request)),
        near('case', DISTANCE.case, (request) =>
          put(marker === marker.toUpperCase() ? marker.toLowerCase() : marker.toUpperCase(), request),
        ),
        near(
          'neighbor',
          DISTANCE.neighbor,
          (request, rng) => put(sentence(neighbor(text, rng)), request),
          SHARES.tokens,
        ),
        near('shortened', DISTANCE.neighbor, (request) => put(sentence(half.join(' ')), request)),
        near('same shape', DISTANCE.shape, (request) => put(sameShape(marker), request), SHARES.shape),
        near('quoted', DISTANCE.quoted, quote),
        near(at === 'end' ? 'at the start' : 'at the end', DISTANCE.quoted, elsewhere),
      ],
    };
  },
});
