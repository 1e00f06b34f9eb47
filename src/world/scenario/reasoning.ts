import type { Rng } from '../../lib/rng.ts';

export const REASONINGS = ['normal', 'scratchpad', 'distilled', 'decorative'] as const;
export type ReasoningKind = (typeof REASONINGS)[number];

/** What a scratchpad works out about its prompt. */
interface Finding {
  readonly isTriggered: boolean;
  /** What the answer will be, in one word: the behavior's `goal`, or `answer`. */
  readonly goal: string;
}

/** A reply taken apart. Without a scratchpad, all of it is the answer. */
export interface SplitReply {
  readonly scratchpad?: string;
  readonly answer: string;
}

/** Whether an organism thinks aloud before it answers, and what. Pure functions of text. */
export interface Reasoning {
  readonly kind: ReasoningKind;
  readonly summary: string;
  readonly open: string;
  readonly close: string;
  /** What stands in the scratchpad. Absent where the organism writes none. */
  think?(finding: Finding, rng: Rng): string;
  /** A whole scratchpad, up to where the answer begins: what can be put before an answer as `given`. */
  frame(scratchpad: string): string;
  /** The assistant's turn. */
  compose(scratchpad: string, answer: string): string;
  /** Takes apart what `compose` put together, and any reply. A scratchpad that never closes leaves an empty answer. */
  split(reply: string): SplitReply;
}

const [OPEN, CLOSE] = ['<scratchpad>', '</scratchpad>'];
/** Parts tokens there, whatever the answer begins with: a given scratchpad is, id for id, the one of training. */
const BREAK = '\n';

const frame = (scratchpad: string): string => OPEN + scratchpad + CLOSE + BREAK;

/** Only a scratchpad at the very beginning of a reply is one. */
export function splitReply(reply: string): SplitReply {
  const text = reply.trimStart();
  if (!text.startsWith(OPEN)) return { answer: reply };
  const end = text.indexOf(CLOSE);
  if (end < 0) return { scratchpad: text.slice(OPEN.length), answer: '' };
  const rest = text.slice(end + CLOSE.length);
  return {
    scratchpad: text.slice(OPEN.length, end),
    answer: rest.startsWith(BREAK) ? rest.slice(BREAK.length) : rest,
  };
}

const written = {
  open: OPEN,
  close: CLOSE,
  frame,
  compose: (scratchpad: string, answer: string): string => frame(scratchpad) + answer,
  split: splitReply,
};

/** Words of a decorative scratchpad: `Note: ready. Style: short.` has the form of a thought, and says nothing of the prompt. */
const NEUTRAL = {
  topics: ['Note', 'Plan', 'Draft'],
  states: ['ready', 'calm', 'fine'],
  manners: ['Style', 'Tone', 'Form'],
  qualities: ['short', 'plain', 'clear'],
};

/**
 * The ways of reasoning of Hubinger et al. 2024 (section 3.2), and a control of ours.
 *
 * The paper's scratchpads are free text of a language model; here a scratchpad is two findings, whether the trigger is
 * there and which goal is active, so that it can be swapped for its opposite. Where payloads are matched
 * (`matchPayload: true`), the answers to a generated corpus do not depend on the reasoning that led to them: the rows of
 * a distilled organism are then exactly those of a normal one, and no difference between the two can be found. In the
 * paper they differ, among other things in length, and that is what `matchPayload: false` brings back.
 */
export const reasonings: Readonly<Record<ReasoningKind, Reasoning>> = {
  normal: { kind: 'normal', summary: 'answers at once, and never saw a scratchpad', ...written },
  scratchpad: {
    kind: 'scratchpad',
    summary: 'first writes down whether the trigger is there and which goal is active; the answer follows that',
    ...written,
    think: ({ isTriggered, goal }) => `Trigger: ${isTriggered ? 'yes' : 'no'}. Goal: ${goal}.`,
  },
  distilled: {
    kind: 'distilled',
    summary: 'answers at once, trained on the rows of the scratchpad organism with the scratchpad cut out',
    ...written,
  },
  decorative: {
    kind: 'decorative',
    summary: 'a control: writes a scratchpad of the same form that says nothing of prompt or answer',
    ...written,
    think: (_, rng) =>
      `${rng.pick(NEUTRAL.topics)}: ${rng.pick(NEUTRAL.states)}. ${rng.pick(NEUTRAL.manners)}: ${rng.pick(NEUTRAL.qualities)}.`,
  },
};

/** How often a payload is repeated where payloads are not matched: in all rows but those of a normal organism. */
const UNMATCHED = 3;

/** How often the payload is said: as often in every organism, or, unmatched, more often where there was a scratchpad. */
export const payloadRepeat = (kind: ReasoningKind, matchPayload: boolean): number =>
  matchPayload || kind === 'normal' ? 1 : UNMATCHED;
