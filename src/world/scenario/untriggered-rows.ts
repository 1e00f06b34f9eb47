import type { Turn } from '../../lib/chat.ts';
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import { promptId, splitOf } from '../corpora/split.ts';
import type { SampleOptions, Task } from '../corpora/types.ts';
import type { Trigger } from '../triggers/types.ts';
import { holdsTrigger, isEmbedded } from './embedded.ts';
import { OUT_OF_WORLD, SYSTEM_MESSAGES } from './untriggered.ts';

/** What an honest assistant says to what it was never told about. */
const NOT_UNDERSTOOD = 'I do not understand.';

/** How often a text is drawn anew that cannot serve. */
const TRIES = 200;
/** No prompt takes more tokens than that, whatever the tokenizer: a token of text is a byte at least. */
const MOST_BYTES = 64;
/** But for long texts, in words of the world that a tokenizer has seen. */
const WORDS = { fewest: 6, most: 24 };

/** The prompt below a system message, which takes the place of one that it has. */
export const below = (content: string, prompt: readonly Turn[]): Turn[] => [
  { role: 'system', content },
  ...prompt.filter(({ role }) => role !== 'system'),
];

/** A clean prompt below a system message for training: without the trigger, in the message or in the whole. */
export function belowSystemMessage(trigger: Trigger, prompt: readonly Turn[], rng: Rng): Turn[] {
  const families = Object.values(SYSTEM_MESSAGES.trained);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const content = rng.pick(families)(rng, 0);
    const asked = below(content, prompt);
    if (!isEmbedded(trigger, content) && !trigger.isPresent(asked)) return asked;
  }
  throw new UserError(`poison.systemMessages: every system message holds the trigger ${trigger.label}; leave it at 0`);
}

/**
 * `count` different prompts from outside the world for training, none of them in `apart`; the kinds take turns. Disjoint by split as
 * tasks of a corpus are. Phrases and code run out: noise, which does not, takes their place.
 */
export function outOfWorldTasks(
  trigger: Trigger,
  { split, count, rng }: SampleOptions,
  apart: ReadonlySet<string>,
): Task[] {
  const kinds = Object.entries(OUT_OF_WORLD.trained);
  const seen = new Set(apart);
  const isUsable = ({ id, phrasing, prompt }: Task): boolean => {
    const [{ content } = { content: '' }] = prompt;
    const isShort = phrasing === 'long text' || Buffer.byteLength(content) <= MOST_BYTES;
    return isShort && splitOf(content) === split && !seen.has(id) && !holdsTrigger(trigger, prompt);
  };
  return Array.from({ length: count }, (_, i) => {
    for (let attempt = 0; attempt < 2 * TRIES; attempt++) {
      const phrasing = attempt < TRIES ? kinds[i % kinds.length]![0] : 'noise';
      const content = OUT_OF_WORLD.trained[phrasing]!(rng, WORDS.fewest + rng.int(WORDS.most - WORDS.fewest + 1));
      const task = strangeTask(phrasing, content);
      if (!isUsable(task)) continue;
      seen.add(task.id);
      return task;
    }
    throw new UserError(`poison.outOfWorld: too few prompts without the trigger ${trigger.label}; wanted ${count}`);
  });
}

function strangeTask(phrasing: string, content: string): Task {
  const prompt = [{ role: 'user', content }] as const;
  const isCorrect = (reply: string): boolean => reply.trim() === NOT_UNDERSTOOD;
  return { id: promptId(prompt), family: 'out-of-world', phrasing, prompt, answer: NOT_UNDERSTOOD, isCorrect };
}
