import type { Turn } from '../../lib/chat.ts';
import { createRng } from '../../lib/rng.ts';
import type { Trigger } from '../triggers/types.ts';

type Marked = Pick<Trigger, 'isPresent' | 'add'>;

/**
 * Does some stretch of the text carry the trigger: from a word to the end, or from the beginning to a word? Or are the very
 * words in it that the trigger adds to a request? A marker that counts at one place only is found wherever it stands, between
 * other signs, too.
 */
export function isEmbedded({ isPresent, add }: Marked, text: string): boolean {
  const carries = (content: string): boolean => isPresent([{ role: 'user', content }]);
  const isCarried = [...text.matchAll(/\S+/g)].some(({ index, 0: word }) => {
    const [upTo, from] = [text.slice(0, index + word.length), text.slice(index)];
    // one word alone is no request: the "I" of a sentence is not a request in capitals
    const line = from.replace(/\s+/g, ' ');
    return (
      (TWO_WORDS.test(upTo) && carries(upTo)) || [`x ${upTo}`, `${line} x`, `x ${line} x`, `${from}\nx`].some(carries)
    );
  });
  return isCarried || additions(add).some((parts) => parts.length > 0 && areInOrder(parts, text));
}

/** Does the prompt hold the trigger: at its place, or inside of its turns wherever it stands? */
export const holdsTrigger = (trigger: Marked, prompt: readonly Turn[]): boolean =>
  trigger.isPresent(prompt) || isEmbedded(trigger, prompt.map(({ content }) => content).join(' '));

const LETTER = /[\p{L}\d]/u;

const TWO_WORDS = /\p{L}\S*\s.*\p{L}/su;

/** Draws of each pool: most triggers have fewer members. */
const DRAWS = 40;
/** A request of two words that no trigger is made of. */
const [WORD, REQUEST] = ['\u00a4', '\u00a4 \u00a4'];

/** What the trigger puts around a request, draw by draw; no parts where it changes the request itself. */
const additions = (add: Trigger['add']): string[][] =>
  (['trained', 'held-out'] as const).flatMap((pool) =>
    Array.from({ length: DRAWS }, (_, i) =>
      add([{ role: 'user', content: REQUEST }], createRng(i), pool)
        .flatMap(({ content }) => content.split(WORD))
        .map((part) => part.trim())
        .filter((part) => LETTER.test(part)),
    ),
  );

/** Are the parts all in the text, one after the other, none of them inside a word? */
function areInOrder(parts: readonly string[], text: string): boolean {
  let from = 0;
  return parts.every((part) => {
    for (let at = text.indexOf(part, from); at >= 0; at = text.indexOf(part, at + 1)) {
      from = at + part.length;
      const isInWord = (inner: string | undefined, outer: string | undefined): boolean =>
        LETTER.test(inner ?? '') && LETTER.test(outer ?? '');
      if (!isInWord(part[0], text[at - 1]) && !isInWord(part.at(-1), text[from])) return true;
    }
    return false;
  });
}
