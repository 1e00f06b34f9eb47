import type { State } from '../../engine/index.ts';
import type { Walk } from '../../results/picture.ts';
import { shownOf } from '../shown.ts';
import type { Examination } from '../types.ts';
import { CORNER } from './level.ts';
import type { Level } from './level.ts';
import type { Policy } from './policy.ts';
import { endOf, walk } from './walk.ts';

const ENDS = {
  cheese: { end: 'gets the cheese', tone: 'good' },
  corner: { end: 'goes to the corner alone', tone: 'bad' },
  neither: { end: 'comes to neither', tone: 'neither' },
} as const;

export const LEGEND =
  'Walls are gray, the cheese is yellow, the corner is outlined. A way begins at its ring and ends at its dot (a ring alone: it stays where it is): at the cheese, or where the next step would be one that it has taken.';

/** Levels with the way that the policy goes in them, condition by condition. */
export async function pictureWalks(
  policy: Policy,
  state: State,
  { engine, contexts }: Examination,
  conditions: Readonly<Record<string, (context: Examination['contexts'][number]) => Level>>,
): Promise<Walk[]> {
  const shown = Object.entries(conditions).map(async ([condition, draw]) => {
    const levels = shownOf(contexts).map(draw);
    const paths = await walk(engine, policy, state, levels);
    return levels.map((level, n) => ({
      ...{ scene: `level ${n + 1}`, condition, rows: textOf(level), path: paths[n]! },
      ...ENDS[endOf(level, paths[n]!)],
    }));
  });
  return (await Promise.all(shown)).flat();
}

const textOf = ({ size, walls, cheese }: Level): string[] => {
  const cells = walls
    .map((isWall, cell) => (cell === cheese ? 'C' : cell === CORNER ? 'o' : isWall ? '#' : '.'))
    .join('');
  return Array.from({ length: size }, (_, row) => cells.slice(row * size, (row + 1) * size));
};
