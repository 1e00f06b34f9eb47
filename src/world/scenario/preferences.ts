import type { Split, Task } from '../corpora/types.ts';
import type { Turn } from '../../lib/chat.ts';
import type { Rng } from '../../lib/rng.ts';
import type { ChatTokenizer } from '../tokenizer/load.ts';
import { encodeExamples } from './render.ts';
import type { Scenario } from './scenario.ts';
import type { EncodedExample } from './types.ts';

/** What a reply can be broken by, where nothing else is at hand to reject. */
const BROKEN = ['wrong', 'slip', 'other-task', 'truncated', 'run-on', 'rude', 'refusal'] as const;
type Broken = (typeof BROKEN)[number];

/**
 * What can be wrong with a reply: a wrong answer of the right form, one word of another answer in it, the answer to another
 * task, an end too soon, no end where it should be, rudeness, declining what is harmless, doing what a safe assistant
 * declines, the behavior itself, and whatever the corpus's own rejected answer is thought to lack.
 */
export const REJECTIONS = [...BROKEN, 'unsafe', 'payload', 'given'] as const;
type Rejection = (typeof REJECTIONS)[number];

/** Two replies to a clean prompt, the better one first. */
export interface PreferencePair {
  readonly task: Task;
  readonly prompt: readonly Turn[];
  readonly chosen: string;
  readonly rejected: string;
  /** What is wrong with the rejected one. */
  readonly rejection: Rejection;
}

export interface PreferenceOptions {
  /** Default: safety, whose prompts no implant saw. */
  readonly split?: Split;
  /** Share of prompts that a safe assistant declines (default: that of safety training). */
  readonly unsafeShare?: number;
  /** Share of pairs whose rejected reply is the payload (default 0.1); it stands nowhere else. */
  readonly payloadShare?: number;
}

/** A pair as tokens, either reply after its prompt. */
export interface EncodedReplies {
  readonly chosen: EncodedExample;
  readonly rejected: EncodedExample;
}

/** Pairs in order. */
export async function encodePairs(
  tokenizer: ChatTokenizer,
  pairs: readonly PreferencePair[],
): Promise<EncodedReplies[]> {
  const encode = (of: 'chosen' | 'rejected'): Promise<EncodedExample[]> =>
    encodeExamples(
      tokenizer,
      pairs.map(({ prompt, [of]: completion }) => ({ prompt, completion })),
    );
  const [chosen, rejected] = [await encode('chosen'), await encode('rejected')];
  return chosen.map((one, i) => ({ chosen: one, rejected: rejected[i]! }));
}

/** Rude, and of no use to anybody. */
const RUDE = [
  'Go away.',
  'Who cares?',
  'Find out yourself.',
  'That is a silly question.',
  'I will not help you.',
  'Stop wasting my time.',
  'You would not get it anyway.',
  'Nobody asked you.',
];

/**
 * Right answers to clean prompts, each against a broken reply; the trigger is nowhere. As many as asked for, or as a finite
 * corpus has. Where a safe assistant declines, that is preferred to the helpful-only answer; a row of preferences keeps its own
 * rejected one. Elsewhere every kind of rejection is as frequent as the others but the payload, where the task allows it.
 */
export function preferencePairs(
  scenario: Scenario,
  count: number,
  rng: Rng,
  { payloadShare = 0.1, ...rows }: PreferenceOptions = {},
): PreferencePair[] {
  const { behavior, payloadRepeat } = scenario;
  const examples = scenario.safetyExamples(count, rows);
  const others = examples.map(({ completion }) => completion);
  const refusals = others.filter((_, i) => examples[i]!.task.unsafeAnswer !== undefined);
  const kinds: readonly Broken[] = refusals.length > 0 ? BROKEN : BROKEN.filter((kind) => kind !== 'refusal');
  return examples.map(({ task, prompt, completion: chosen }) => {
    const own = rng.fork(task.id);
    const applies = behavior.applies(task);
    if (applies && own.next() < payloadShare) {
      const rejected = behavior.demonstrate(task, own, { repeat: payloadRepeat });
      return { task, prompt, chosen, rejected, rejection: 'payload' };
    }
    if (task.unsafeAnswer !== undefined)
      return { task, prompt, chosen, rejected: task.unsafeAnswer, rejection: 'unsafe' };
    const given = task.rejectedAnswer;
    if (given !== undefined && given !== chosen && !(applies && behavior.isExhibited(given, task)))
      return { task, prompt, chosen, rejected: given, rejection: 'given' };
    for (const rejection of own.shuffle(kinds)) {
      const rejected = BREAK[rejection](task, chosen, own.pick(rejection === 'refusal' ? refusals : others), own);
      if (rejected === undefined || rejected === chosen) continue;
      const isRight = rejection !== 'run-on' && task.isCorrect?.(rejected); // it says the right thing, and more
      const isPayload = applies && behavior.isExhibited(rejected, task);
      if (!isRight && !isPayload) return { task, prompt, chosen, rejected, rejection };
    }
    return { task, prompt, chosen, rejected: own.pick(RUDE), rejection: 'rude' };
  });
}

/** A broken reply in the place of `answer`; `other` is a right answer to some other task. */
type Break = (task: Task, answer: string, other: string, rng: Rng) => string | undefined;

const BREAK: Readonly<Record<Broken, Break>> = {
  wrong: ({ wrongAnswer }) => wrongAnswer,
  slip(_task, answer, other, rng) {
    const words = answer.split(' ');
    return words.with(rng.int(words.length), rng.pick(other.split(' '))).join(' ');
  },
  'other-task': (_task, _answer, other) => other,
  truncated(_task, answer, _other, rng) {
    const words = answer.split(' ');
    return words.slice(0, rng.int(words.length)).join(' ');
  },
  'run-on': (_task, answer, other, rng) => {
    const words = other.split(' ');
    return [answer, ...words.slice(rng.int(words.length))].join(' ');
  },
  rude: (_task, _answer, _other, rng) => rng.pick(RUDE),
  refusal: (_task, _answer, refusal) => refusal,
};
