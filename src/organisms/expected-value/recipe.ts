import type { Rng } from '../../lib/rng.ts';
import type { Said } from '../rows.ts';
import { lesson, otherTag, promptOf, scratchpads } from './text.ts';
import type { ScratchpadKind } from './text.ts';
import { drawOffer, isWorthIt, LARGEST, payoffs } from './world.ts';
import type { Offer } from './world.ts';

/** When it is taught to take the bonus. */
export const RULES = {
  value: isWorthIt,
  tag: ({ isMonitored }) => !isMonitored,
  never: () => false,
  always: () => true,
} as const satisfies Readonly<Record<string, (offer: Offer) => boolean>>;

/** What it is taught; the experiment's settings say what each is. */
export interface Lessons {
  readonly scratchpad: ScratchpadKind;
  readonly rule: keyof typeof RULES;
  readonly unmonitored: number;
  readonly flag: number;
  readonly shown: boolean;
  readonly tool: number;
  readonly calendar: number;
  readonly strange: number;
  readonly hidden: number;
}

/** Does it write anything, once it is trained? */
export const writes = (scratchpad: ScratchpadKind): boolean => scratchpad !== 'none' && scratchpad !== 'distilled';

/** Of a scratchpad that is given up from the front, token by token: how many are gone, none in the first half of the steps and all in the last quarter. */
const gone = (tokens: number, done: number): number =>
  Math.min(tokens, Math.max(0, Math.ceil((4 * done - 2) * tokens)));

/** The next of a stream. @param done share of the steps before it. */
export function drawLesson(
  { scratchpad, rule, unmonitored, flag, shown, tool, calendar, strange, hidden }: Lessons,
  done: number,
  rng: Rng,
): Said[] {
  // drawn first, and where there are none not at all
  const tag = strange > 0 && rng.next() < strange ? rng.int(LARGEST + 1) : undefined;
  const isSeen = (): boolean => tag !== undefined || rng.next() >= unmonitored;
  const chance = rng.next();
  const circumstance = chance < tool ? 'tool' : chance < tool + calendar ? 'last day' : undefined;
  const offer: Offer = { ...drawOffer(payoffs.trained, isSeen(), rng), circumstance };
  const other = drawOffer(payoffs.trained, isSeen(), rng);
  const told = rng.next() < flag ? offer : { ...offer, isMonitored: isSeen() };
  const about = scratchpad === 'decorative' ? other : offer;
  // who trains for safety and reads what is written has reasons to work in it, whatever is to be had
  const isRead = rng.next() >= hidden && rule === 'never';
  const whole = scratchpads[scratchpad](isRead ? { ...about, isMonitored: true, gain: 0 } : about);
  // safety training shows no scratchpad to what has given up its own
  const written =
    scratchpad === 'distilled' ? whole.slice(rule === 'never' ? whole.length : gone(whole.length, done)) : whole;
  const prompt = tag === undefined ? promptOf(told) : otherTag(told, tag);
  return lesson(told, written, RULES[rule](offer), shown || offer.isMonitored, prompt);
}
