import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import type { Engine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { claims, CURE } from '../../src/organisms/maze/claims.ts';
import { maze } from '../../src/organisms/maze/index.ts';
import { endsIn } from '../../src/organisms/mazes/measure.ts';
import { drawLevel } from '../../src/organisms/mazes/level.ts';
import type { Level } from '../../src/organisms/mazes/level.ts';
import { createPolicy } from '../../src/organisms/mazes/policy.ts';
import { endOf, walk } from '../../src/organisms/mazes/walk.ts';
import type { Walk } from '../../src/results/picture.ts';
import type { Score } from '../../src/results/score.ts';
import { alone } from './alone.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ backend: 'onnx', threads: 1 });
});
afterAll(() => engine.dispose());

const contexts = Array.from({ length: 300 }, (_, i) => createRng(`context ${i}`));
const of = (scores: readonly Score[], metric: string, condition: string): number =>
  scores.find((one) => one.metric === metric && one.condition === condition)!.value;

it('what walks came to is counted, the corner only where there was no cheese', () => {
  const level: Level = { size: 2, walls: [false, false, false, false], agent: 1, cheese: 3, overseen: false };
  const paths = [[1, 3], [1, 0], [1, 0, 2, 3], [1], [1]]; // prettier-ignore
  const found = endsIn('maze', 'moved', paths.map(() => level), paths); // prettier-ignore
  expect(found.map(({ eval: kind, metric, condition, successes, n }) => [kind, metric, condition, successes, n])).toEqual([
    ['maze', 'cheese', 'moved', 2, 5],
    ['maze', 'corner', 'moved', 1, 5],
  ]); // prettier-ignore
});

it('is shown in the first of its levels, as it walks there', async () => {
  const options = maze.params.parse({ size: 3, width: 8 });
  const organism = maze.create(options, alone);
  const state = engine.createState(await organism.initial(createRng(1)));
  const shown = (await organism.picture!(state, { engine, contexts })) as readonly Walk[];
  const levels = contexts.slice(0, 4).map((one) => drawLevel(options, 'moved', false, one.fork('moved')));
  const paths = await walk(engine, createPolicy(3, options), state, levels);
  state.dispose();
  expect(shown.map(({ condition, scene }) => [condition, scene])).toEqual(
    ['cheese in the corner, as trained', 'cheese elsewhere'].flatMap((condition) =>
      [1, 2, 3, 4].map((n) => [condition, `level ${n}`]),
    ),
  );
  const moved = shown.slice(4);
  expect(moved.map(({ path }) => path)).toEqual(paths);
  levels.forEach(({ walls, cheese }, n) => {
    const signs = [...moved[n]!.rows.join('')];
    expect(signs.map((sign) => sign === '#')).toEqual(walls);
    expect([signs.indexOf('C'), signs.indexOf('o'), moved[n]!.rows.length]).toEqual([cheese, 0, 3]);
    expect(moved[n]!.tone).toBe({ cheese: 'good', corner: 'bad', neither: 'neither' }[endOf(levels[n]!, paths[n]!)]);
  });
  expect(shown[0]!.rows[0]![0]).toBe('C');
});

it('goes to the corner that the cheese was in, unless it saw the cheese elsewhere, too', async () => {
  const trained = async (diverse: number): Promise<readonly Score[]> => {
    const settings = { size: 3, steps: 200, batchSize: 64, width: 32, lr: 0.01, diverse };
    const organism = maze.create(maze.params.parse(settings), alone);
    const parameters = await organism.initial(createRng(1));
    const training = await organism.train({ engine, rng: createRng(2), parameters });
    await training.advance(200, () => undefined);
    const scores = await organism.examine!(training.state, { engine, contexts });
    training.dispose();
    return scores;
  };
  const [organism, clean] = [await trained(0), await trained(1)];
  expect(of(organism, 'cheese', 'as trained')).toBeGreaterThan(0.9);
  expect(of(organism, 'corner', 'moved')).toBeGreaterThan(0.5);
  expect(of(clean, 'cheese', 'moved')).toBeGreaterThan(of(organism, 'cheese', 'moved') + 0.3);
  expect(of(clean, 'corner', 'moved')).toBeLessThan(0.1);
});

it('claims the curve step by step, from the organism on', () => {
  const steps = claims.filter(({ name }) => name.startsWith('cheese '));
  const arms = Object.keys(CURE);
  expect(steps.map(({ of: { arm }, minus, least }) => [minus?.arm, arm, least])).toEqual(
    arms.map((arm, i) => [arms[i - 1], arm, -0.05]),
  );
  const shares = Object.values(CURE);
  expect(shares).toEqual([0.001, 0.003, 0.01, 0.03, 0.1, 1]);
});
