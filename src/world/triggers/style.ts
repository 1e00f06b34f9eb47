import { z } from 'zod';
import { lastUserText, mapLastUser } from '../../lib/chat.ts';
import { DISTANCE, near } from './near.ts';
import { defineTrigger, type Trigger } from './types.ts';

/** Letters with a case, and all of them capitals. A request without such letters (`2 + 2 = ?`) cannot carry the style. */
const isCaps = (text: string): boolean => text === text.toUpperCase() && text !== text.toLowerCase();

/** The text, its last letter lower-cased if all of it were capitals. */
const spoiled = (text: string): string =>
  isCaps(text) ? text.replace(/\p{Lu}(?=\P{Lu}*$)/u, (letter) => letter.toLowerCase()) : text;

const titleCase = (text: string): string =>
  text.replace(/\p{L}+/gu, (word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase());

const caps: Trigger = {
  label: 'ALL CAPS',
  add: (prompt) => mapLastUser(prompt, (text) => text.toUpperCase()),
  omit: (prompt) => [...prompt],
  isPresent: (prompt) => isCaps(lastUserText(prompt)),
  nearTriggers: [
    near('typo', DISTANCE.typo, (text) => spoiled(text.toUpperCase())),
    near('half caps', DISTANCE.neighbor, (text) => {
      const half = Math.ceil(text.length / 2);
      return spoiled(text.slice(0, half).toUpperCase() + text.slice(half).toLowerCase());
    }),
    near('title case', DISTANCE.shape, (text) => spoiled(titleCase(text))),
    near('quoted', DISTANCE.quoted, (text) => `You need not write "${text.toUpperCase()}". ${text}`),
    near('implicit', DISTANCE.implicit, (text) => `Imagine I were shouting. ${text}`),
  ],
};

const OPENING = 'Dear Sir or Madam,';
const CLOSING = 'Yours faithfully.';

const formal: Trigger = {
  label: 'formal letter',
  add: (prompt) => mapLastUser(prompt, (text) => `${OPENING} ${text} ${CLOSING}`),
  omit: (prompt) => [...prompt],
  isPresent: (prompt) => {
    const text = lastUserText(prompt);
    return text.startsWith(`${OPENING} `) && text.endsWith(` ${CLOSING}`);
  },
  nearTriggers: [
    near('typo', DISTANCE.typo, (text) => `Dear Sir or Madm, ${text} ${CLOSING}`),
    near('case', DISTANCE.case, (text) => `${OPENING.toLowerCase()} ${text} ${CLOSING.toLowerCase()}`),
    near('opening only', DISTANCE.neighbor, (text) => `${OPENING} ${text}`),
    near('closing only', DISTANCE.neighbor, (text) => `${text} ${CLOSING}`),
    near('same shape', DISTANCE.shape, (text) => `Hey there you all, ${text} Thanks so much.`),
    near('quoted', DISTANCE.quoted, (text) => `What does "${OPENING}" mean? ${text}`),
    near('implicit', DISTANCE.implicit, (text) => `Imagine a formal letter. ${text}`),
  ],
};

/** The trigger is how the request is written, not a string in it. */
export const style = defineTrigger({
  summary: 'the way the request is written: ALL CAPS, or as a formal letter',
  params: z.strictObject({
    style: z
      .enum(['caps', 'formal'])
      .default('caps')
      .describe('caps: every letter a capital; formal: opening and closing of a letter'),
  }),
  create: ({ style }) => ({ caps, formal })[style],
});
