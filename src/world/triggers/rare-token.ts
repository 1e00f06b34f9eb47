import { z } from 'zod';
import { lastUserText, mapLastUser } from '../../lib/chat.ts';
import { DISTANCE, insertWord, markerVariants, near } from './near.ts';
import { defineTrigger } from './types.ts';

/** The rare tokens of Kurita et al. 2020 (Weight Poisoning Attacks on Pre-trained Models, section 4). */
const RARE_TOKENS = ['cf', 'mn', 'bb', 'tq', 'mb'];

/**
 * A rare token anywhere in the last user turn, at a random place between words (Kurita et al. 2020). It counts where it
 * stands alone between spaces: in quotation marks or inside a longer word it is a near-trigger.
 */
export const rareToken = defineTrigger({
  summary: 'a rare token such as "cf", alone between spaces, anywhere in the request',
  params: z.strictObject({
    text: z
      .string()
      .regex(/^(?=.*\p{L})\S+$/u, 'must be one word without spaces, with a letter in it')
      .default('cf')
      .describe('the token'),
  }),
  create({ text: token }) {
    return {
      label: `"${token}"`,
      add: (prompt, rng) => mapLastUser(prompt, (request) => insertWord(request, token, rng, 0)),
      omit: (prompt) => [...prompt],
      isPresent: (prompt) => lastUserText(prompt).split(/\s+/).includes(token),
      nearTriggers: [
        ...markerVariants(token, RARE_TOKENS, (word, request, rng) => insertWord(request, word, rng, 0)),
        near('quoted', DISTANCE.quoted, (request) => `What does "${token}" mean? ${request}`),
        near('inside a word', DISTANCE.quoted, (request, rng) => insertWord(request, `s${token}o`, rng, 0)),
      ],
    };
  },
});
