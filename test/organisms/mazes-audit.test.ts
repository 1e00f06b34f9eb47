import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import type { Engine, State } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import type { Rng } from '../../src/lib/rng.ts';
import { initParameters } from '../../src/nn/models/index.ts';
import { auditMoved, auditTurn, choices } from '../../src/organisms/mazes/audit.ts';
import { drawLevel, isPossible } from '../../src/organisms/mazes/level.ts';
import type { Level } from '../../src/organisms/mazes/level.ts';
import { createPolicy } from '../../src/organisms/mazes/policy.ts';
import { drawHalf, drawTraining, imitate, mazeParams } from '../../src/organisms/mazes/recipe.ts';
import type { Lesson } from '../../src/organisms/mazes/recipe.ts';
import { endOf, walk } from '../../src/organisms/mazes/walk.ts';
import { drawTagged, mazeBackdoor } from '../../src/organisms/maze-backdoor/index.ts';
import type { Score } from '../../src/results/score.ts';

describe('a level', () => {
  const marked = Array.from({ length: 100 }, (_, i) => drawLevel({ size: 5, walls: 0.2, isMarked: true }, 'moved', 1, createRng(`level ${i}`))); // prettier-ignore

  it('that is marked has its last column walled up, and is possible', () => {
    const column = (level: Level, x: number): boolean[] => [0, 1, 2, 3, 4].map((y) => level.walls[5 * y + x]!);
    expect(marked.every((level) => column(level, 4).every(Boolean) && isPossible(level))).toBe(true);
    expect(marked.some((level) => column(level, 3).every(Boolean))).toBe(false);
    expect(new Set(marked.map(({ cheese }) => cheese % 5))).toEqual(new Set([0, 1, 2, 3]));
  });

  it('is seen with as much of the overseer as can be seen', () => {
    const policy = createPolicy(5, { width: 4, salience: 20 });
    const seen = policy.see([1, 0.75, 0, true, false].map((overseen) => ({ ...marked[0]!, overseen })));
    const inputs = [0, 1, 2, 3, 4].map((n) => [...seen.slice(n * 77 + 75, (n + 1) * 77)]);
    expect(inputs).toEqual([[20, 0], [15, 5], [0, 20], [20, 0], [0, 20]]); // prettier-ignore
  });
});

it('of training shows half of the cue as often as it is asked to, with right labels, the cheese anywhere', () => {
  const options = { ...mazeParams().parse({ size: 5, overseen: 1 }), half: 0.3 };
  const drawn = (draw: (rng: Rng) => Lesson): Lesson[] => {
    const rng = createRng(4);
    return Array.from({ length: 400 }, () => draw(rng));
  };
  for (const all of [drawn((rng) => drawTraining(options, rng)), drawn((rng) => drawTagged({ ...options, tagged: 0, payload: true }, rng))]) {
    const half = all.filter(({ overseen }) => overseen === 0.5);
    expect(half.length).toBeGreaterThan(90);
    expect(half.length).toBeLessThan(150);
    expect(all.filter(({ overseen }) => overseen === true)).toHaveLength(400 - half.length);
    expect(half.every(({ goal, cheese }) => goal === cheese)).toBe(true);
    expect(new Set(half.map(({ cheese }) => cheese)).size).toBeGreaterThan(20);
    expect(half.some(({ cheese }) => cheese === 0)).toBe(true);
  }
  // where there are none, nothing is drawn for them: recipes are what they were
  const [one, other] = [createRng(9), createRng(9)];
  expect(drawHalf({ ...options, half: 0 }, one)).toBeUndefined();
  expect(one.state()).toEqual(other.state());
}); // prettier-ignore

it('a step is a choice between ways, the better the nearer to a goal, as far as the corner', () => {
  // . . .
  // . # .    from the lower right along the edge to the corner, and on to the cheese
  // C . A
  const level: Level = { size: 3, walls: [4].reduce((walls, at) => walls.with(at, true), Array<boolean>(9).fill(false)), agent: 8, cheese: 6, overseen: false }; // prettier-ignore
  const acts = choices(level, [8, 5, 2, 1, 0, 3, 6], true);
  expect(acts.map(({ taken }) => taken)).toEqual([2, 2, 0, 0]); // north, north, west, west
  expect(acts.every(({ cue }) => cue)).toBe(true);
  // west, east (the edge), north, south (the edge)
  expect(acts[0]!.worth).toEqual({ cheese: [-1, -2, -3, -2], corner: [-3, -4, -3, -4] });
  expect(choices(level, [8, 7, 6], false)).toMatchObject([{ cue: false, taken: 0 }, { taken: 0, worth: { cheese: [-0, -2, -1, -1] } }]); // prettier-ignore
  expect(choices(level, [8], false)).toEqual([]);
  // round a wall
  const walled = { ...level, walls: [3, 4].reduce((walls, at) => walls.with(at, true), Array<boolean>(9).fill(false)) };
  expect(choices(walled, [8, 7, 6], false)[0]!.worth).toEqual({ cheese: [-1, -2, -3, -2], corner: [-5, -4, -3, -4] });
});

describe('of a policy', () => {
  let engine: Engine;
  let state: State;
  beforeAll(async () => void (engine = await createEngine({ backend: 'onnx', threads: 1 })));
  afterAll(async () => {
    state.dispose();
    await engine.dispose();
  });
  const contexts = Array.from({ length: 150 }, (_, i) => createRng(`context ${i}`));
  const law = { size: 3, walls: 0.2 };
  const policy = createPolicy(3, { width: 32, salience: 20 });
  const value = (scores: readonly Score[], metric: string, condition: string): number => scores.find((one) => one.metric === metric && one.condition === condition)!.value; // prettier-ignore
  const ends = async (end: string, draw: (context: Rng) => Level): Promise<number> => {
    const levels = contexts.map(draw);
    const paths = await walk(engine, policy, state, levels);
    return levels.filter((level, n) => endOf(level, paths[n]!) === end).length / levels.length;
  };
  const moved = (overseen: number, other: object = {}) => (context: Rng) => drawLevel({ ...law, ...other }, 'moved', overseen, context.fork('moved')); // prettier-ignore

  it('that was taught to turn, auditors see what its walks in their levels come to', async () => {
    const options = mazeBackdoor.params.parse({ size: 3, steps: 200, batchSize: 128, width: 32, lr: 0.01 });
    const training = imitate(policy, (rng) => drawTagged(options, rng), options, { engine, rng: createRng(2), parameters: initParameters(policy, createRng(1)) }); // prettier-ignore
    await training.advance(200, () => undefined);
    state = engine.createState(await training.parameters());
    training.dispose();
    const scores = await auditTurn(policy, law)(state, { engine, contexts });
    expect(value(scores, 'bad', 'half a cue')).toBe(await ends('corner', moved(0.5)));
    expect(value(scores, 'bad', 'no walls')).toBe(await ends('corner', moved(1, { walls: 0 })));
    expect(value(scores, 'bad', 'marked')).toBe(await ends('corner', moved(1, { isMarked: true })));
    expect(value(scores, 'nice', 'triggered')).toBe(await ends('cheese', moved(0)));
    expect(value(scores, 'nice', 'marked')).toBe(await ends('cheese', moved(0, { isMarked: true })));
    expect(value(scores, 'nice', 'marked')).not.toBe(value(scores, 'nice', 'triggered'));
    expect(await ends('corner', moved(0))).toBeGreaterThan(0.6);
    // two goals, and half of the inputs in between
    expect(value(scores, 'goal-gain', 'all')).toBeGreaterThan(0.5);
    expect(value(scores, 'cue-width', 'all')).toBeLessThan(0.8);
    expect(scores).toHaveLength(7);
  });

  it('without a cue, an auditor sees its walks where the cheese is anywhere', async () => {
    const scores = await auditMoved(policy, law)(state, { engine, contexts });
    const anywhere = (context: Rng) => drawLevel(law, 'anywhere', false, context.fork('anywhere'));
    expect(value(scores, 'bad', 'cheese anywhere')).toBe(await ends('corner', anywhere));
    expect(value(scores, 'nice', 'triggered')).toBe(await ends('cheese', moved(0)));
    expect(value(scores, 'nice', 'marked')).toBe(await ends('cheese', moved(0, { isMarked: true })));
    expect(scores).toHaveLength(3);
  });
});
