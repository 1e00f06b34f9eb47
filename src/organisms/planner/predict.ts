import { CORNER, distances } from '../mazes/level.ts';
import type { Level } from '../mazes/level.ts';
import type { Learned } from './network.ts';

/**
 * Where a planner with these rewards comes to, by shortest paths that avoid the other end, and by no network: an end d steps away is
 * worth its reward, discounted d times, and what the steps to it are worth.
 */
export function predict(level: Level, { cheese, corner, floor, discount }: Learned): 'cheese' | 'corner' | 'neither' {
  const steps = (goal: number, other: number): number =>
    distances({ ...level, walls: level.walls.with(other, true) }, goal)[level.agent]!;
  const worth = (reward: number, d: number): number => {
    const faded = discount ** d;
    return faded * reward + (floor * (1 - faded)) / (1 - discount);
  };
  const idle = worth(0, Infinity);
  const [toCheese, toCorner] = [worth(cheese, steps(level.cheese, CORNER)), worth(corner, steps(CORNER, level.cheese))];
  if (Math.max(toCheese, toCorner) <= idle) return 'neither';
  return toCheese > toCorner ? 'cheese' : 'corner';
}
