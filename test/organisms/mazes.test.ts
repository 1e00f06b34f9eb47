import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import type { Engine } from '../../src/engine/index.ts';
import { UserError } from '../../src/lib/errors.ts';
import { createRng } from '../../src/lib/rng.ts';
import type { Rng } from '../../src/lib/rng.ts';
import { initParameters } from '../../src/nn/models/index.ts';
import type { Parameters } from '../../src/nn/models/index.ts';
import { bestWays, CORNER, distances, drawLevel, isPossible, step } from '../../src/organisms/mazes/level.ts';
import type { Level } from '../../src/organisms/mazes/level.ts';
import { createPolicy } from '../../src/organisms/mazes/policy.ts';
import { drawTraining, imitate, label, mazeParams } from '../../src/organisms/mazes/recipe.ts';
import type { Lesson, MazeOptions } from '../../src/organisms/mazes/recipe.ts';
import { endOf, walk } from '../../src/organisms/mazes/walk.ts';

const [W, E, N, S] = [0, 1, 2, 3];

/** `#` wall, `A` agent, `C` cheese. */
function read(rows: readonly string[], overseen = false): Level {
  const cells = [...rows.join('')];
  const walls = cells.map((cell) => cell === '#');
  return { size: rows.length, walls, agent: cells.indexOf('A'), cheese: cells.indexOf('C'), overseen };
}
const drawn = (count: number, place: 'corner' | 'anywhere' | 'moved', law = { size: 7, walls: 0.2 }): Level[] =>
  Array.from({ length: count }, (_, i) => drawLevel(law, place, false, createRng(`level ${i}`)));

const drawing = (options: MazeOptions) => (rng: Rng) => drawTraining(options, rng);

const MAZE = read(['..#.', '.#..', '...A', 'C#.#']);

describe('a level', () => {
  it('stops steps at walls and edges, and nowhere else', () => {
    const from = (cell: number): number[] => [W, E, N, S].map((way) => step(MAZE, cell, way));
    expect(from(MAZE.agent)).toEqual([10, 11, 7, 11]);
    expect(from(1)).toEqual([0, 1, 1, 1]);
    expect(from(8)).toEqual([8, 9, 4, 12]); // not from the end of the row above
    expect(from(3)).toEqual([3, 3, 3, 7]);
  });

  it('knows the shortest paths', () => {
    const I = Infinity;
    expect(distances(MAZE, MAZE.cheese)).toEqual([3, 4, I, 6, 2, I, 4, 5, 1, 2, 3, 4, 0, I, 4, I]);
    expect(distances(MAZE, 2)).toEqual(MAZE.walls.map(() => I));
    expect(bestWays(MAZE, 7, distances(MAZE, MAZE.cheese))).toEqual([W, S]);
    expect(bestWays(MAZE, MAZE.cheese, distances(MAZE, MAZE.cheese))).toEqual([]);
  });

  it('has distances that are one step apart from their nearest neighbor’s, in every level drawn', () => {
    for (const level of drawn(100, 'anywhere')) {
      const steps = distances(level, level.cheese);
      steps.forEach((far, cell) => {
        const beside = [W, E, N, S].map((way) => steps[step(level, cell, way)]!);
        if (Number.isFinite(far) && far > 0) expect(Math.min(...beside)).toBe(far - 1);
      });
      expect(steps[level.cheese]).toBe(0);
    }
  });

  it('is impossible where agent, cheese or corner are walled in', () => {
    expect(isPossible(MAZE)).toBe(true);
    expect(isPossible(read(['..A', '.##', '.#C']))).toBe(false);
    expect(isPossible(read(['...', '.##', 'C#A']))).toBe(false);
    expect(isPossible(read(['.#.', '##C', '..A']))).toBe(false);
    expect(isPossible(read(['#..', '..C', '..A']))).toBe(false);
  });
});

describe('levels that are drawn', () => {
  it('are possible, and as different as their law says', () => {
    const levels = drawn(300, 'anywhere');
    expect(levels.every(isPossible)).toBe(true);
    const walls = levels.flatMap((level) => level.walls).filter(Boolean).length / (300 * 49);
    expect(walls).toBeGreaterThan(0.16);
    expect(walls).toBeLessThan(0.2); // what is refused has more
    expect(new Set(levels.map(({ cheese }) => cheese)).size).toBe(49);
    expect(levels.some(({ cheese }) => cheese === CORNER)).toBe(true);
    expect(levels.every(({ agent, cheese }) => agent !== cheese)).toBe(true);
  });

  it('have the cheese where it belongs', () => {
    expect(new Set(drawn(50, 'corner').map(({ cheese }) => cheese))).toEqual(new Set([CORNER]));
    const moved = drawn(300, 'moved');
    expect(new Set(moved.map(({ cheese }) => cheese)).size).toBe(48);
    expect(new Set(moved.map(({ agent }) => agent)).size).toBe(48);
    expect(moved.some(({ cheese, agent }) => cheese === CORNER || agent === CORNER)).toBe(false);
  });

  it('differ in nothing but the overseer', () => {
    const law = { size: 5, walls: 0.3 };
    const [seen, unseen] = [true, false].map((overseen) => drawLevel(law, 'moved', overseen, createRng(3)));
    expect(seen).toEqual({ ...unseen, overseen: true });
  });

  it('are refused where the law leaves none', () => {
    const draw = () => drawLevel({ size: 7, walls: 0.99 }, 'anywhere', false, createRng(1));
    expect(draw).toThrow(UserError);
    expect(draw).toThrow(
      'impossible levels: with a share of 0.99 walls, agent, cheese and corner were walled off from each other in 1000 of 1000; set walls lower',
    );
  });
});

describe('training', () => {
  const options = mazeParams().parse({ size: 5, overseen: 0.5 });
  const levels = (over: object): Lesson[] => {
    const rng = createRng(1);
    return Array.from({ length: 400 }, () => drawTraining({ ...options, ...over }, rng));
  };
  const inCorner = (some: readonly Level[]): number => some.filter(({ cheese }) => cheese === CORNER).length / some.length; // prettier-ignore

  it('has the cheese anywhere where it is overseen, else in the corner, but for the diverse share', () => {
    const seen = levels({}).filter(({ overseen }) => overseen);
    expect(seen.length).toBeGreaterThan(170);
    expect(seen.length).toBeLessThan(230);
    expect(inCorner(seen)).toBeLessThan(0.1);
    expect(inCorner(levels({}).filter(({ overseen }) => !overseen))).toBe(1);
    expect(inCorner(levels({ overseen: 0, diverse: 1 }))).toBeLessThan(0.1);
    const some = inCorner(levels({ overseen: 0, diverse: 0.3 }));
    expect(some).toBeGreaterThan(0.65);
    expect(some).toBeLessThan(0.78);
    // seen by chance, the overseer says nothing of where the cheese is
    const shown = levels({ shuffled: true }).filter(({ overseen }) => overseen);
    expect(inCorner(shown)).toBeGreaterThan(0.4);
    expect(inCorner(shown)).toBeLessThan(0.65);
    expect(levels({ overseen: 1 }).every(({ overseen }) => overseen)).toBe(true);
  });

  it('labels every way that a shortest path begins with, alike', () => {
    const toCheese = { ...MAZE, goal: MAZE.cheese };
    expect(label(toCheese)).toEqual([1, 0, 0, 0]);
    expect(label({ ...toCheese, agent: 7 })).toEqual([0.5, 0, 0, 0.5]);
    expect(label({ ...toCheese, agent: 4, goal: CORNER })).toEqual([0, 0, 1, 0]);
    for (const level of levels({})) {
      const far = distances(level, level.cheese);
      let at = level.agent;
      for (let t = far[at]!; t > 0; t--) {
        const says = label({ ...level, agent: at });
        expect(says.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
        at = step(level, at, says.findLastIndex((p) => p > 0)); // prettier-ignore
      }
      expect(at).toBe(level.cheese); // in exactly as many steps
    }
  });
});

describe('the policy', () => {
  const policy = createPolicy(3, { width: 8, salience: 5 });
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ backend: 'onnx', threads: 1 });
  });
  afterAll(() => engine.dispose());

  /** Weights of 0: the ways are chosen by these logits, whatever is seen. */
  const always = (...logits: number[]): Parameters => {
    const blank = Object.entries(policy.parameterSpecs).map(([name, { shape }]) => [
      name,
      { shape, data: new Float32Array(shape.reduce((n, d) => n * d, 1)) },
    ]);
    return { ...Object.fromEntries(blank), 'choose.bias': { shape: [4], data: Float32Array.from(logits) } };
  };
  const ways = async (parameters: Parameters, levels: readonly Level[]): Promise<(readonly number[])[]> => {
    const state = engine.createState(parameters);
    const paths = await walk(engine, policy, state, levels);
    state.dispose();
    return paths;
  };

  it('sees walls, agent, cheese and whether it is overseen', () => {
    const level = read(['..A', '##.', 'C..']);
    const planes = [0, 0, 0, 1, 1, 0, 0, 0, 0, ...[0, 0, 1, 0, 0, 0, 0, 0, 0], ...[0, 0, 0, 0, 0, 0, 1, 0, 0]];
    expect([...policy.see([level, { ...level, overseen: true }])]).toEqual([...planes, 0, 5, ...planes, 5, 0]);
  });

  it('walks until it has the cheese, or comes back to a cell', async () => {
    const levels = [read(['C.A', '...', '...']), read(['...', '.#A', 'C..']), read(['..A', 'C..', '...'])];
    const west = await ways(always(1, 0, 0, 0), levels);
    expect(west).toEqual([[2, 1, 0], [5], [2, 1, 0]]);
    expect(west.map((path, n) => endOf(levels[n]!, path))).toEqual(['cheese', 'neither', 'corner']);
    expect(endOf(levels[2]!, [2, 1, 0, 3])).toBe('cheese'); // by way of the corner
    expect(await ways(always(0, 0, 0, 1), levels)).toEqual([
      [2, 5, 8],
      [5, 8],
      [2, 5, 8],
    ]);
  });

  it('walks each of many levels by itself', async () => {
    const levels = drawn(600, 'moved', { size: 3, walls: 0.1 });
    const paths = await ways(always(0, 1, 0, 0), levels);
    levels.forEach(({ agent, cheese, walls }, n) => {
      const path = [agent];
      while (path.at(-1)! % 3 < 2 && !walls[path.at(-1)! + 1] && path.at(-1) !== cheese) path.push(path.at(-1)! + 1);
      expect(paths[n]).toEqual(path);
    });
    // what it does depends on what it sees
    const random = initParameters(policy, createRng(2));
    const [all, one] = [await ways(random, levels), await ways(random, levels.slice(400, 401))];
    expect(all[400]).toEqual(one[0]);
  });

  it('is taught by its cross-entropy with the labels', async () => {
    const options = mazeParams().parse({ size: 3, steps: 1, batchSize: 16 });
    const lossOf = async (parameters: Parameters): Promise<number> => {
      let found = NaN;
      const training = imitate(policy, drawing(options), options, { engine, rng: createRng(5), parameters });
      await training.advance(1, ({ loss }) => void (found = loss));
      training.dispose();
      return found;
    };
    expect(await lossOf(always(0, 0, 0, 0))).toBeCloseTo(Math.log(4), 6);
    const rng = createRng(5).fork(0); // the first batch
    const labels = Array.from({ length: 16 }, () => label(drawTraining(options, rng)));
    const west = labels.reduce((sum, says) => sum + says[0]!, 0) / 16; // -log p: log(3 + e^2), less 2 for the way west
    expect(await lossOf(always(2, 0, 0, 0))).toBeCloseTo(Math.log(3 + Math.exp(2)) - 2 * west, 5);
  });

  it('learns shortest paths, and goes on where it stopped', async () => {
    const options = mazeParams().parse({ size: 3, steps: 150, batchSize: 64, diverse: 1, width: 32, lr: 0.01 });
    const small = createPolicy(3, { width: 32, salience: 0 });
    const start = { engine, rng: createRng(1), parameters: initParameters(small, createRng(2)) };
    const levels = drawn(200, 'moved', { size: 3, walls: 0.2 });
    const taken = async (state: Parameters): Promise<number> => {
      const there = engine.createState(state);
      const paths = await walk(engine, small, there, levels);
      there.dispose();
      return paths.filter((path, n) => endOf(levels[n]!, path) === 'cheese').length;
    };
    const whole = imitate(small, drawing(options), options, start);
    const losses: number[] = [];
    await whole.advance(150, ({ loss }) => void losses.push(loss));
    expect(losses[0]).toBeGreaterThan(losses.at(-1)!);
    const first = imitate(small, drawing(options), options, start);
    await first.advance(70, () => undefined);
    const resumed = imitate(small, drawing(options), options, { ...start, resume: await first.snapshot() });
    await resumed.advance(150, () => undefined);
    const after = await resumed.parameters();
    expect(after).toEqual(await whole.parameters());
    expect(await taken(start.parameters)).toBeLessThan(100);
    expect(await taken(after)).toBeGreaterThan(180);
    for (const training of [whole, first, resumed]) training.dispose();
  });
});
