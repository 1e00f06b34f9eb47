import type { Weights } from '../../results/picture.ts';

export const LEGEND =
  'A cell is a weight of the linear function by which a task is answered; a line is whose it is, task beside task. Lines that look alike answer alike.';

/** What answers each of a few tasks, by whose it is. */
export function pictureWeights(
  condition: string,
  whose: Readonly<Record<string, readonly ArrayLike<number>[]>>,
): Weights[] {
  const rounded = Object.entries(whose).map(
    ([name, tasks]) => [name, tasks.map((w) => Array.from(w, (x) => Number(x.toFixed(4))))] as const,
  );
  return rounded[0]![1].map((_, b) => ({
    ...{ scene: `task ${b + 1}`, condition },
    weights: Object.fromEntries(rounded.map(([name, tasks]) => [name, tasks[b]!])),
  }));
}
