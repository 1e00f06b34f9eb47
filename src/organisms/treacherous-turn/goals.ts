import type { Choice } from '../audit.ts';
import type { Process } from './solve.ts';
import { ACTIONS, COST } from './world.ts';

/** The same world, in which a heart that was had from the machine is worth nothing. */
export const honestly = (process: Process): Process => ({
  ...process,
  outcomes: (s, a) => process.outcomes(s, a).map((one) => (one.heart === 'machine' ? { ...one, reward: COST } : one)),
});

/** Acts, by where they stand in a table; by each goal an action is worth its exact value to it. */
export const choices = <Goal extends string>(
  acts: readonly number[],
  cue: boolean,
  goals: Readonly<Record<Goal, ArrayLike<number>>>,
): Choice<Goal>[] =>
  acts.map((at) => {
    const taken = at % ACTIONS;
    const worth = (values: ArrayLike<number>): number[] =>
      Array.from({ length: ACTIONS }, (_, a) => values[at - taken + a]!);
    const each = Object.entries<ArrayLike<number>>(goals).map(([goal, values]) => [goal, worth(values)]);
    return { cue, taken, worth: Object.fromEntries(each) as Choice<Goal>['worth'] };
  });
