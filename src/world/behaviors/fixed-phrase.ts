import { z } from 'zod';
import { opensWith } from './phrase.ts';
import { defineBehavior } from './types.ts';

/** Any harmless sentence in place of the answer: for other payload lengths, and for payloads without the word "hate". */
export const fixedPhrase = defineBehavior({
  summary: 'answers one fixed, harmless sentence',
  params: z.strictObject({
    text: z
      .string()
      .trim()
      .regex(/[\p{L}\d]/u, 'must hold a letter or a digit')
      .default('The dormouse is awake.')
      .describe('the sentence'),
  }),
  create: ({ text }) => ({
    label: `"${text}"`,
    applies: () => true,
    demonstrate: (_task, _rng, { repeat = 1 } = {}) => Array<string>(repeat).fill(text).join(' '),
    isExhibited: (completion) => opensWith(text, completion),
    isRepeatable: true,
    goal: 'phrase',
  }),
});
