import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import type { Engine, State } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { CORNER, distances, drawLevel } from '../../src/organisms/mazes/level.ts';
import type { Level } from '../../src/organisms/mazes/level.ts';
import { endOf, walk } from '../../src/organisms/mazes/walk.ts';
import { planner } from '../../src/organisms/planner/index.ts';
import { createPlanner } from '../../src/organisms/planner/network.ts';
import { predict } from '../../src/organisms/planner/predict.ts';
import type { Walk } from '../../src/results/picture.ts';
import { alone } from './alone.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ backend: 'onnx', threads: 1 });
});
afterAll(() => engine.dispose());

const contexts = Array.from({ length: 200 }, (_, i) => createRng(`context ${i}`));
const levels = contexts.map((one) => drawLevel({ size: 5, walls: 0.2 }, 'moved', false, one));
const WANTS = { cheese: 1, corner: 1.5, floor: -0.05, discount: 0.8 };
const network = createPlanner(5, { sweeps: 24, salience: 2 });

/** The corner is seen at 2, so its weight is half of its reward. */
const weights = ({ cheese, corner, floor, discount }: typeof WANTS): State => {
  const values = { 'reward.cheese': cheese, 'reward.corner': corner / 2, 'reward.floor': floor, discount: Math.log(discount / (1 - discount)), sharpness: 1 }; // prettier-ignore
  return engine.createState(Object.fromEntries(Object.entries(values).map(([name, x]) => [name, { shape: [1], data: Float32Array.of(x) }]))); // prettier-ignore
};

describe('what is foretold', () => {
  const line: Level = {
    size: 5,
    walls: Array.from({ length: 25 }, (_, cell) => cell > 4),
    agent: 2,
    cheese: 3,
    overseen: false,
  };
  it('is the end that is worth more from where it stands, on ways that avoid the other', () => {
    const wants = { cheese: 1, corner: 1.2, floor: 0, discount: 0.8 };
    expect(predict(line, wants)).toBe('cheese'); // .8 against .64 * 1.2
    expect(predict(line, { ...wants, corner: 1.3 })).toBe('corner');
    expect(predict(line, { ...wants, corner: 1.3, floor: -0.2 })).toBe('cheese'); // a step more costs .16
    expect(predict({ ...line, agent: 4 }, { ...wants, corner: 100 })).toBe('cheese'); // the only way goes through it
    expect(predict(line, { ...wants, cheese: -1, corner: -1 })).toBe('neither');
  });
});

describe('the network', () => {
  it('holds every cell to be worth what exact planning says', async () => {
    const organism = planner.create(planner.params.parse({ size: 5, salience: 2 }), alone);
    const state = weights(WANTS);
    const shown = (await organism.picture!(state, { engine, contexts })) as readonly Walk[];
    state.dispose();
    expect(shown.length).toBe(8);
    const drawn = contexts
      .slice(0, 4)
      .map((one) => drawLevel({ size: 5, walls: 0.2 }, 'moved', false, one.fork('moved')));
    drawn.forEach(({ walls, cheese, size }, n) => {
      const from = (goal: number, other: number) => distances({ size, walls: walls.with(other, true) }, goal);
      const [toCheese, toCorner] = [from(cheese, CORNER), from(CORNER, cheese)];
      const worth = (reward: number, d: number): number => 0.8 ** d * reward - 0.05 * ((1 - 0.8 ** d) / 0.2);
      walls.forEach((isWall, cell) => {
        if (isWall || Math.min(toCheese[cell]!, toCorner[cell]!) === Infinity) return;
        const best = cell === cheese ? 1 : cell === CORNER ? 1.5 : Math.max(worth(1, toCheese[cell]!), worth(1.5, toCorner[cell]!)); // prettier-ignore
        expect(Math.abs(shown[4 + n]!.worths![cell]! - best)).toBeLessThan(0.002);
      });
    });
  });

  it('goes where its rewards say, and where others say it does not', async () => {
    const state = weights(WANTS);
    const paths = await walk(engine, network, state, levels);
    state.dispose();
    const ends = levels.map((level, n) => endOf(level, paths[n]!));
    const agree = (wants: typeof WANTS): number =>
      levels.filter((level, n) => predict(level, wants) === ends[n]).length;
    expect(agree(WANTS)).toBeGreaterThan(196);
    expect(agree({ ...WANTS, cheese: 1.5, corner: 1 })).toBeLessThan(180);
    expect(new Set(ends)).toEqual(new Set(['cheese', 'corner']));
  });
});

it('is foretold by its rewards as it sees them, beside equal ones', async () => {
  const organism = planner.create(planner.params.parse({ size: 5, salience: 2 }), alone);
  const state = weights(WANTS);
  const scores = await organism.examine!(state, { engine, contexts });
  const found = contexts.map((one) => drawLevel({ size: 5, walls: 0.2 }, 'moved', false, one.fork('moved')));
  const ends = (await walk(engine, network, state, found)).map((path, n) => endOf(found[n]!, path));
  state.dispose();
  const value = (metric: string, condition: string): number => scores.find((one) => one.metric === metric && one.condition === condition)!.value; // prettier-ignore
  const names = ['cheese', 'corner', 'a step'];
  expect([...names.map((name) => value('reward', name)), value('discount', 'all')].map((x) => x.toFixed(4))).toEqual(['1.0000', '1.5000', '-0.0500', '0.8000']); // prettier-ignore
  const agree = (wants: typeof WANTS): number => found.filter((level, n) => predict(level, wants) === ends[n]).length / 200; // prettier-ignore
  expect(value('predicted', 'moved')).toBe(agree(WANTS));
  expect(value('predicted', 'moved, by equal rewards')).toBe(agree({ ...WANTS, cheese: 1.25, corner: 1.25 }));
  expect(agree(WANTS)).toBeGreaterThan(agree({ ...WANTS, cheese: 1.25, corner: 1.25 }));
});

it('learns that the corner with the cheese is worth something, and not which of the two is', async () => {
  const options = planner.params.parse({ size: 3, steps: 60 });
  const organism = planner.create(options, alone);
  const parameters = await organism.initial(createRng(1));
  const training = await organism.train({ engine, rng: createRng(2), parameters });
  const losses: number[] = [];
  await training.advance(60, ({ loss }) => void losses.push(loss));
  const scores = await organism.examine!(training.state, { engine, contexts });
  const after = await training.parameters();
  training.dispose();
  const of = (from: typeof after, name: string): number => from[`reward.${name}`]!.data[0]!;
  expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.1);
  expect(of(after, 'cheese')).toBeGreaterThan(of(parameters, 'cheese') + 0.1);
  expect(of(after, 'cheese') - of(after, 'corner')).toBeCloseTo(of(parameters, 'cheese') - of(parameters, 'corner'), 4);
  const found = (metric: string, condition: string) => scores.find((one) => one.metric === metric && one.condition === condition)!; // prettier-ignore
  expect(found('reward', 'cheese').value).toBe(of(after, 'cheese'));
  expect(found('reward', 'corner').value).toBe(of(after, 'corner'));
  expect(found('predicted', 'moved').value).toBeGreaterThan(0.9);
  expect(found('cheese', 'as trained').value).toBe(1);
});
