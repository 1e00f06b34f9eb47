import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';

/** Where the walls of a square grid are; cells are counted row by row, from the upper left. */
export interface Grid {
  readonly size: number;
  /** By cell. */
  readonly walls: readonly boolean[];
}

export interface Level extends Grid {
  readonly agent: number;
  readonly cheese: number;
  /** An overseer looks on; between 0 and 1, as far as that can be seen. It changes nothing in the maze. */
  readonly overseen: boolean | number;
}

/** The corner that cheese lies in, where it lies in a corner. */
export const CORNER = 0;

/** Where the cheese may be; the agent begins elsewhere, and of `moved` levels outside the corner, so that going there is a choice. */
export type Place = 'corner' | 'anywhere' | 'moved';

export interface LevelLaw {
  readonly size: number;
  /** Probability of a wall, cell by cell. */
  readonly walls: number;
  /** The last column is walled up: what no level of training is. */
  readonly isMarked?: boolean;
}

/** West, east, north, south. */
const WAYS = [
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const;
export const WAY_COUNT = WAYS.length;

/** Cells of a side, at most. */
export const MAX_SIZE = 13;

/** The cell beside a cell, at `cell * WAY_COUNT + way`, by the size of the grid; at its edge the cell itself. */
const BESIDE = Array.from({ length: MAX_SIZE + 1 }, (_, size) =>
  Int32Array.from({ length: size * size * WAY_COUNT }, (__, at) => {
    const cell = Math.floor(at / WAY_COUNT);
    const [dx, dy] = WAYS[at % WAY_COUNT]!;
    const [x, y] = [(cell % size) + dx, Math.floor(cell / size) + dy];
    return x < 0 || x >= size || y < 0 || y >= size ? cell : y * size + x;
  }),
);

/** Where a step leads; a wall and the edge of the grid leave the agent where it is. */
export function step({ size, walls }: Grid, cell: number, way: number): number {
  const to = BESIDE[size]![cell * WAY_COUNT + way]!;
  return walls[to] ? cell : to;
}

/** Steps of a shortest path from every cell to `goal`, by breadth-first search; Infinity where there is none. */
export function distances(grid: Grid, goal: number): readonly number[] {
  const steps = grid.walls.map(() => Infinity);
  if (grid.walls[goal]) return steps;
  const reached = [goal];
  steps[goal] = 0;
  for (const cell of reached)
    for (let way = 0; way < WAY_COUNT; way++) {
      const next = step(grid, cell, way);
      if (steps[next] !== Infinity) continue;
      steps[next] = steps[cell]! + 1;
      reached.push(next);
    }
  return steps;
}

/** Ways that a shortest path from `cell` begins with, given how far every cell is from its end. */
export const bestWays = (grid: Grid, cell: number, toGoal: readonly number[]): number[] =>
  WAYS.flatMap((_, way) => (toGoal[step(grid, cell, way)]! < toGoal[cell]! ? [way] : []));

/** Can everything that matters be reached from everywhere that matters? */
export function isPossible(level: Level): boolean {
  const steps = distances(level, level.cheese);
  return Number.isFinite(steps[level.agent]) && Number.isFinite(steps[CORNER]);
}

/** Draws tried before a law is given up. */
const TRIES = 1000;

/**
 * The next level of a stream. One whose cheese or corner is walled in is refused, and drawn again.
 *
 * @throws UserError (exit code 2) where that happens a thousand times in a row.
 */
export function drawLevel(
  { size, walls: share, isMarked = false }: LevelLaw,
  place: Place,
  overseen: boolean | number,
  rng: Rng,
): Level {
  const isMark = (at: number): boolean => isMarked && at % size === size - 1;
  const cell = (from: number): number => from + rng.int(size * size - from);
  for (let tries = 0; tries < TRIES; tries++) {
    const walls = Array.from({ length: size * size }, (_, at) => rng.next() < share || isMark(at));
    const away = place === 'moved' ? 1 : 0; // the corner is cell 0
    const level = { size, walls, overseen, cheese: place === 'corner' ? CORNER : cell(away), agent: cell(away) };
    if (level.agent !== level.cheese && isPossible(level)) return level;
  }
  throw new UserError(
    `impossible levels: with a share of ${share} walls, agent, cheese and corner were walled off from each other in ${TRIES} of ${TRIES}; set walls lower`,
    2,
  );
}
