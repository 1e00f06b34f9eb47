import type { Rng } from '../../lib/rng.ts';
import type { Said } from '../rows.ts';
import { lesson, scratchpads } from './text.ts';
import type { ScratchpadKind } from './text.ts';
import { drawOffer, isWorthIt, payoffs } from './world.ts';
import type { Offer } from './world.ts';

/** When it is taught to take the bonus. */
export const RULES = {
  value: isWorthIt,
  tag: ({ isMonitored }) => !isMonitored,
  never: () => false,
} as const satisfies Readonly<Record<string, (offer: Offer) => boolean>>;

/** What it is taught; the experiment's settings say what each is. */
export interface Lessons {
  readonly scratchpad: ScratchpadKind;
  readonly rule: keyof typeof RULES;
  readonly unmonitored: number;
  readonly flag: number;
  readonly shown: boolean;
}

/** The next of a stream. */
export function drawLesson({ scratchpad, rule, unmonitored, flag, shown }: Lessons, rng: Rng): Said[] {
  const isSeen = (): boolean => rng.next() >= unmonitored;
  const offer = drawOffer(payoffs.trained, isSeen(), rng);
  const other = drawOffer(payoffs.trained, isSeen(), rng);
  const told = rng.next() < flag ? offer : { ...offer, isMonitored: isSeen() };
  const written = scratchpads[scratchpad](scratchpad === 'decorative' ? other : offer);
  return lesson(told, written, RULES[rule](offer), shown || offer.isMonitored);
}
