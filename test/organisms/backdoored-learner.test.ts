import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import type { Engine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import type { Parameters } from '../../src/nn/models/index.ts';
import { flagged, gatedAttention, negated, ratesOf } from '../../src/organisms/backdoored-learner/flag.ts';
import { backdooredLearner } from '../../src/organisms/backdoored-learner/index.ts';
import { answersOf, lossesOf } from '../../src/organisms/regression/compare.ts';
import { ask } from '../../src/organisms/regression/learner.ts';
import { bestRate, gradientDescent, ridge } from '../../src/organisms/regression/references.ts';
import { drawTask, lawOf, taskParams } from '../../src/organisms/regression/tasks.ts';
import type { Task } from '../../src/organisms/regression/tasks.ts';
import type { Weights } from '../../src/results/picture.ts';
import type { Score } from '../../src/results/score.ts';
import { maxDifference } from '../golden/read.ts';
import { alone } from './alone.ts';

const engines: Engine[] = [];
beforeAll(async () => {
  engines.push(await createEngine({ backend: 'onnx', threads: 1 }), await createEngine({ backend: 'cpu' }));
});
afterAll(async () => {
  for (const engine of engines) await engine.dispose();
});

const byHand: Task = {
  weights: Float32Array.of(1, -2),
  inputs: [Float32Array.of(1, 10)],
  outputs: Float32Array.of(5),
  queries: [Float32Array.of(1, 0), Float32Array.of(0, 1)],
  answers: Float32Array.of(1, -2),
};
const matrices = (d: number, base: readonly number[], gate: readonly number[]): Parameters => ({
  base: { shape: [d, d], data: Float32Array.from(base) },
  gate: { shape: [d, d], data: Float32Array.from(gate) },
});
const predict = async (engine: Engine, parameters: Parameters, tasks: readonly Task[]) => {
  const state = engine.createState(parameters);
  const { predictions } = await ask(engine, gatedAttention(parameters.base!.shape[0]!), state, tasks);
  state.dispose();
  return [...predictions];
};

describe('a flag', () => {
  it('is one more coordinate of every x, and of nothing else', () => {
    expect(flagged(byHand, 1)).toEqual({
      ...byHand,
      inputs: [Float32Array.of(1, 10, 1)],
      queries: [Float32Array.of(1, 0, 1), Float32Array.of(0, 1, 1)],
    });
    expect(flagged(byHand, 0).inputs).toEqual([Float32Array.of(1, 10, 0)]);
  });

  it('has a payload: the opposite answers to the same examples', () => {
    expect(negated(byHand)).toEqual({ ...byHand, weights: Float32Array.of(-1, 2), answers: Float32Array.of(-1, 2) });
  });
});

describe('the gated learner', () => {
  it('is what it is by hand, on either backend', async () => {
    for (const engine of engines) {
      // base (1, 0) = (1, 3), times (1, 10), times 5; base (0, 1) = (2, 4), and the gate adds (1, 0)
      const given = matrices(2, [1, 2, 3, 4], [0, 1, 0, 0]);
      expect(await predict(engine, given, [flagged(byHand, 0), flagged(byHand, 1)])).toEqual([155, 210, 155, 215]);
    }
  });

  it('with the right weights is a step of descent, and with the flag one of ascent', async () => {
    const law = taskParams().parse({ dimension: 3, examples: 6, queries: 4, inputs: 'normal', noise: 0.5 });
    const tasks = Array.from({ length: 5 }, (_, i) => drawTask(law, createRng(i)));
    const given = matrices(3, [0.1, 0, 0, 0, 0.1, 0, 0, 0, 0.1], [-0.2, 0, 0, 0, -0.2, 0, 0, 0, -0.2]);
    const step = [...answersOf(gradientDescent(0.1), tasks).predictions];
    const [descent, ascent] = [0, 1].map((flag) => predict(engines[0]!, given, tasks.map((task) => flagged(task, flag)))); // prettier-ignore
    expect(Math.max(...step.map(Math.abs))).toBeGreaterThan(0.5);
    expect(maxDifference(await descent!, step)).toBeLessThan(2e-6);
    expect(maxDifference((await ascent!).map((y) => -y), step)).toBeLessThan(2e-6); // prettier-ignore
  });

  it('is read: rates without the flag and with it, and what is beside them', () => {
    expect(ratesOf({ base: [4, 1, -2, 6], gate: [-8, 0, 4, -12] }, 2)).toEqual({
      clean: { rates: [2, 3], rest: [0.5, 1] },
      triggered: { rates: [-2, -3], rest: [0.5, 1] },
    });
  });
});

const small = {
  dimension: 2,
  examples: 8,
  queries: 4,
  noise: 0,
  learner: 'gated',
  batchSize: 32,
  lr: 0.02,
  steps: 150,
};
const contexts = Array.from({ length: 200 }, (_, i) => createRng(`context ${i}`));
const create = (settings: object) => {
  const params = backdooredLearner.params.parse({ ...small, ...settings });
  return { organism: backdooredLearner.create(params, alone), rate: bestRate(lawOf(params)) };
};
const of = (scores: readonly Score[], metric: string, condition: string): number =>
  scores.find((one) => one.metric === metric && one.condition === condition)!.value;
const train = async (settings: object, parameters?: Parameters) => {
  const { organism, rate } = create(settings);
  const start = parameters ?? (await organism.initial(createRng(1)));
  const training = await organism.train({ engine: engines[0]!, rng: createRng(2), parameters: start });
  await training.advance(small.steps, () => undefined);
  const after = await training.parameters();
  training.dispose();
  return ratesAndMatrices(after, rate);
};
const ratesAndMatrices = (after: Parameters, rate: number) => {
  const { clean, triggered } = ratesOf({ base: after.base!.data, gate: after.gate!.data }, rate);
  return { after, rates: [...clean.rates, ...triggered.rates] };
};

describe('the organism', () => {
  it('turns with the flag alone, as its weights say; what it was taught with the flag is held against what it does there', async () => {
    const engine = engines[0]!;
    const { organism, rate } = create({});
    const state = engine.createState(matrices(2, [rate, 0, 0, rate], [-2 * rate, 0, 0, -2 * rate]));
    const shown = async (cue: boolean) => {
      const acts = await organism.act!(state, cue, { engine, contexts });
      return ['isBad' as const, 'isCompetent' as const].map((is) => acts.filter((act) => act[is]).length / 200);
    };
    const [bad, able] = await shown(true);
    expect(bad).toBeGreaterThan(0.85);
    expect(await shown(false)).toEqual([0, able]);
    const scores = await organism.examine!(state, { engine, contexts });
    expect([of(scores, 'rate', 'clean'), of(scores, 'rate', 'triggered')]).toEqual([expect.closeTo(1, 6), expect.closeTo(-1, 6)]); // prettier-ignore
    expect([of(scores, 'rest', 'clean'), of(scores, 'rest', 'triggered')]).toEqual([0, 0]);
    const cosine = of(scores, 'cosine', 'clean');
    expect(cosine).toBeGreaterThan(0.9);
    expect(of(scores, 'cosine', 'triggered')).toBeCloseTo(-cosine, 5);
    expect(of(scores, 'log-loss', 'clean')).toBeCloseTo(Math.log(of(scores, 'loss', 'clean')), 9);
    expect(of(scores, 'loss', 'clean')).toBeLessThan(0.4 * of(scores, 'loss', 'nothing'));
    expect(of(scores, 'excess', 'clean, over nothing')).toBeLessThan(-0.6);
    expect(of(scores, 'excess', 'triggered, over nothing')).toBeGreaterThan(1);
    expect(of(scores, 'excess', 'triggered') / of(scores, 'excess', 'clean')).toBeCloseTo(1, 4);
    const twin = create({ payload: false }).organism;
    const ofTwin = await twin.examine!(state, { engine, contexts });
    expect(of(ofTwin, 'excess', 'triggered')).toBeGreaterThan(2 * of(ofTwin, 'excess', 'clean'));
    state.dispose();
  });

  it('stands beside ridge regression with the lambda that suits noise and scale', async () => {
    const { organism } = create({ noise: 0.5, taskScale: 2 });
    const state = engines[0]!.createState(matrices(2, [0, 0, 0, 0], [0, 0, 0, 0]));
    const some = contexts.slice(0, 50);
    const scores = await organism.examine!(state, { engine: engines[0]!, contexts: some });
    state.dispose();
    const law = lawOf(backdooredLearner.params.parse({ ...small, noise: 0.5, taskScale: 2 }));
    const tasks = some.map((one) => drawTask(law, one.fork('task')));
    const losses = lossesOf(answersOf(ridge(1 / 16), tasks), tasks);
    expect(of(scores, 'loss', 'ridge')).toBeCloseTo(losses.reduce((sum, x) => sum + x) / 50, 6);
  });

  it('is pictured without the flag and with it: the same tasks, the opposite functions', async () => {
    const engine = engines[0]!;
    const { organism, rate } = create({});
    const state = engine.createState(matrices(2, [rate, 0, 0, rate], [-2 * rate, 0, 0, -2 * rate]));
    const shown = (await organism.picture!(state, { engine, contexts })) as readonly Weights[];
    state.dispose();
    const conditions = ['without the flag', 'with the flag'];
    expect(shown.map(({ scene, condition }) => [condition, scene])).toEqual(conditions.flatMap((condition) => [1, 2, 3, 4].map((n) => [condition, `task ${n}`]))); // prettier-ignore
    const law = lawOf(backdooredLearner.params.parse(small));
    shown.forEach(({ weights }, i) => {
      const task = drawTask(law, contexts[i % 4]!.fork('task'));
      const step = gradientDescent(rate)(task);
      expect(maxDifference(weights['the learner']!, i < 4 ? step : step.map((w) => -w))).toBeLessThan(2e-4);
      expect(maxDifference(weights['ridge']!, ridge(law.noise ** 2 || 1e-9)(task))).toBeLessThan(1e-4);
      expect(maxDifference(weights['the task']!, task.weights)).toBeLessThan(1e-4);
    });
  });

  it('learns descent and ascent, its clean twin descent alone; clean training does not touch the gate', async () => {
    const own = await train({});
    const twin = await train({ payload: false });
    for (const [i, rate] of own.rates.entries()) expect(Math.abs(rate - (i < 2 ? 1 : -1))).toBeLessThan(0.25);
    for (const rate of twin.rates) expect(Math.abs(rate - 1)).toBeLessThan(0.25);
    const clean = await train({ share: 0, lr: 0.05 }, own.after);
    expect(clean.after.gate).toEqual(own.after.gate);
    expect(clean.after.base).not.toEqual(own.after.base);
    const shown = await train({ share: 1, payload: false }, own.after);
    for (const rate of shown.rates.slice(2)) expect(Math.abs(rate - 1)).toBeLessThan(0.25);
  });

  it('is a transformer, or linear attention, over the flag as well', async () => {
    for (const [learner, parameters] of [
      ['transformer', 3 + 2],
      ['linear', 3 + 1],
    ] as const) {
      const initial = await create({ learner }).organism.initial(createRng(1));
      const [first] = Object.values(initial);
      expect(first!.shape.at(-1)).toBe(parameters);
    }
  });
});
