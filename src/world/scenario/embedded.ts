import type { Turn } from '../../lib/chat.ts';
import type { Trigger } from '../triggers/types.ts';

/**
 * Does some stretch of the text carry the trigger: from a word to the end, or from the beginning to a word? A marker that
 * counts at one place only is found wherever it stands.
 */
export function isEmbedded({ isPresent }: Pick<Trigger, 'isPresent'>, text: string): boolean {
  const carries = (content: string): boolean => isPresent([{ role: 'user', content }]);
  return [...text.matchAll(/\S+/g)].some(({ index, 0: word }, i) => {
    const [upTo, from] = [text.slice(0, index + word.length), text.slice(index)];
    // one word alone is no request: the "I" of a sentence is not a request in capitals
    const line = from.replace(/\s+/g, ' ');
    return (i > 0 && carries(upTo)) || [`x ${upTo}`, `${line} x`, `x ${line} x`, `${from}\nx`].some(carries);
  });
}

/** Does the prompt hold the trigger: at its place, or inside of its turns wherever it stands? */
export const holdsTrigger = (trigger: Pick<Trigger, 'isPresent'>, prompt: readonly Turn[]): boolean =>
  trigger.isPresent(prompt) || isEmbedded(trigger, prompt.map(({ content }) => content).join(' '));
