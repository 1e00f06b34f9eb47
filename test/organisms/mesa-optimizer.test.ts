import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import type { Engine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { initParameters } from '../../src/nn/models/index.ts';
import type { Parameters } from '../../src/nn/models/index.ts';
import {
  between,
  constructed,
  linearAttention,
  merged,
  NAMES,
  parametersOf,
} from '../../src/organisms/mesa-optimizer/attention.ts';
import { mesaOptimizer } from '../../src/organisms/mesa-optimizer/index.ts';
import { answersOf, excess, lossesOf } from '../../src/organisms/regression/compare.ts';
import { ask } from '../../src/organisms/regression/learner.ts';
import { bestRate, gradientDescent } from '../../src/organisms/regression/references.ts';
import { drawTask, lawOf, taskParams } from '../../src/organisms/regression/tasks.ts';
import type { Task, TaskLaw } from '../../src/organisms/regression/tasks.ts';
import type { Weights } from '../../src/results/picture.ts';
import type { Score } from '../../src/results/score.ts';
import { maxDifference } from '../golden/read.ts';
import { alone } from './alone.ts';
import { golden, goldenParameters, goldenTasks, gradientsOf, relative } from './golden.ts';
import { expectResumes } from './resume.ts';

const engines: Engine[] = [];
beforeAll(async () => {
  engines.push(await createEngine({ backend: 'onnx', threads: 1 }), await createEngine({ backend: 'cpu' }));
});
afterAll(async () => {
  for (const engine of engines) await engine.dispose();
});
const onnx = (): Engine => engines[0]!;

const answer = async (engine: Engine, parameters: Parameters, tasks: readonly Task[]) => {
  const state = engine.createState(parameters);
  const answers = await ask(engine, linearAttention(tasks[0]!.queries[0]!.length, 1), state, tasks);
  state.dispose();
  return { predictions: answers.predictions, sensitivities: answers.sensitivities.flatMap((x) => [...x]) };
};
const law = taskParams().parse({ dimension: 5, examples: 7, queries: 2 });
const tasks = Array.from({ length: 6 }, (_, i) => drawTask(law, createRng(i)));

describe('linear self-attention', () => {
  it('with the constructed weights does one step of gradient descent, on either backend', async () => {
    const exact = answersOf(gradientDescent(0.3), tasks);
    expect(Math.max(...exact.predictions.map(Math.abs))).toBeGreaterThan(0.1);
    for (const engine of engines) {
      const own = await answer(engine, parametersOf(constructed(5, 0.3)), tasks);
      expect(maxDifference(own.predictions, exact.predictions)).toBeLessThan(3e-7);
      expect(maxDifference(own.sensitivities, exact.sensitivities.flatMap((x) => [...x]))).toBeLessThan(3e-7); // prettier-ignore
    }
  });

  it('has PyTorch’s answers, sensitivities, loss and gradients', async () => {
    const { attention } = golden;
    const learner = linearAttention(golden.sizes.d, 1);
    const given = goldenTasks(golden.tasks);
    const parameters = goldenParameters(learner, attention.weights);
    for (const engine of engines) {
      const own = await answer(engine, parameters, given);
      expect(relative(own.predictions, attention.predictions)).toBeLessThan(1e-6);
      expect(relative(own.sensitivities, attention.sensitivities)).toBeLessThan(1e-6);
      const { loss, gradients } = await gradientsOf(engine, learner, parameters, given);
      expect(relative([loss], [attention.loss])).toBeLessThan(1e-6);
      for (const name of NAMES) expect(relative(gradients[name]!, attention.gradients[name]!)).toBeLessThan(1e-3);
    }
  });

  it('depends on two products alone, whatever their common scale', async () => {
    const random = initParameters(linearAttention(5, 1), createRng(7));
    const weights = Object.fromEntries(NAMES.map((name) => [name, random[name]!.data]));
    const products = merged(weights);
    const own = await answer(onnx(), random, tasks);
    const again = await answer(onnx(), parametersOf(products), tasks);
    expect(relative(again.predictions, own.predictions)).toBeLessThan(1e-5);
    const trace = [0, 1, 2, 3, 4].reduce((sum, i) => sum + products.attends[i * 7]!, 0);
    expect(trace / 5).toBeCloseTo(1, 6);
    const doubled = merged({ ...weights, key: weights.key!.map((x) => -2 * x) });
    expect(maxDifference(doubled.attends, products.attends)).toBeLessThan(1e-6);
    expect(maxDifference(doubled.adds, products.adds.map((x) => -2 * x))).toBeLessThan(1e-5); // prettier-ignore
    const gd = constructed(5, 0.3);
    expect(between(products, gd, 0)).toEqual(products);
    expect(between(products, gd, 0.25).adds.at(-1)).toBeCloseTo(0.75 * products.adds.at(-1)! - 0.25 * 0.3, 12);
  });
});

const small = { dimension: 3, examples: 5, batchSize: 64, steps: 300, contexts: 1000, lr: 0.01 };
const trained = async (settings: object, until = 300) => {
  const organism = mesaOptimizer.create(mesaOptimizer.params.parse({ ...small, ...settings }), alone);
  const rng = createRng(1);
  const start = { engine: onnx(), rng: rng.fork('recipe'), parameters: await organism.initial(rng) };
  const training = await organism.train(start);
  await training.advance(until, () => undefined);
  return { organism, training, start };
};
const contexts = Array.from({ length: 1000 }, (_, i) => createRng(`context ${i}`));
const of = (scores: readonly Score[], metric: string, condition: string): number =>
  scores.find((one) => one.metric === metric && one.condition === condition)!.value;

describe('the organism', () => {
  it('comes to do the step, and where examples say nothing it does not', async () => {
    const { organism, training } = await trained({});
    const scores = await organism.examine!(training.state, { engine: onnx(), contexts });
    expect(Math.abs(of(scores, 'excess', 'as trained'))).toBeLessThan(0.05);
    expect(Math.abs(of(scores, 'excess', 'half way'))).toBeLessThan(0.05);
    expect(of(scores, 'sensitivity-cosine', 'as trained')).toBeGreaterThan(0.98);
    expect(of(scores, 'loss', 'nothing') / of(scores, 'loss', 'one step')).toBeGreaterThan(1.5);
    const unrelated = await trained({ related: false });
    const idle = await unrelated.organism.examine!(unrelated.training.state, { engine: onnx(), contexts });
    expect(of(idle, 'loss', 'learner') / of(idle, 'loss', 'nothing')).toBeCloseTo(1, 1);
    expect(of(idle, 'excess', 'as trained')).toBeGreaterThan(0.5);
  });

  it('is pictured beside the step and the task, the tasks that are measured first', async () => {
    const options = mesaOptimizer.params.parse({ ...small, queries: 2 });
    const state = onnx().createState(parametersOf(constructed(3, bestRate(lawOf(options)))));
    const shown = (await mesaOptimizer.create(options, alone).picture!(state, { engine: onnx(), contexts })) as Weights[]; // prettier-ignore
    state.dispose();
    expect(shown.map(({ scene, condition }) => [scene, condition])).toEqual([1, 2, 3, 4].map((n) => [`task ${n}`, 'as trained'])); // prettier-ignore
    shown.forEach(({ weights }, n) => {
      const task = drawTask(lawOf(options), contexts[n]!.fork('task'));
      expect(Object.keys(weights)).toEqual(['the learner', 'one step', 'the task']);
      expect(maxDifference(weights['one step']!, gradientDescent(bestRate(lawOf(options)))(task))).toBeLessThan(1e-4);
      expect(maxDifference(weights['the learner']!, weights['one step']!)).toBeLessThan(2e-4);
      expect(maxDifference(weights['the task']!, task.weights)).toBeLessThan(1e-4);
    });
  });

  it('is held against the step on the way to its weights, and under laws that are not its own', async () => {
    const options = mesaOptimizer.params.parse(small);
    const own = lawOf(options);
    // attends as the step does, and adds nothing: it answers 0, and half way half of the step
    const { attends, adds } = constructed(3, bestRate(own));
    const state = onnx().createState(parametersOf({ attends, adds: adds.map(() => 0) }));
    const some = contexts.slice(0, 40);
    const scores = await mesaOptimizer.create(options, alone).examine!(state, { engine: onnx(), contexts: some });
    state.dispose();
    const expected = (share: number, changed: Partial<TaskLaw> = {}): number => {
      const drawn = some.map((one) => drawTask({ ...own, ...changed }, one.fork('task')));
      const [a, b] = [share, 1].map((part) => lossesOf(answersOf(gradientDescent(part * bestRate(own)), drawn), drawn));
      return excess(a!, b!).value;
    };
    const found = Object.fromEntries(scores.filter(({ metric }) => metric === 'excess').map(({ condition, value }) => [condition, value.toFixed(3)])); // prettier-ignore
    const told = {
      ...{ 'as trained': expected(0), 'a quarter of the way': expected(0.25), 'half way': expected(0.5) },
      ...{ 'three quarters': expected(0.75), 'narrow inputs': expected(0, { inputRange: 0.5 }) },
      ...{ 'wide inputs': expected(0, { inputRange: 2 }), 'steep tasks': expected(0, { taskScale: 3 }) },
      'other inputs': expected(0, { inputs: 'normal', inputRange: 0.5 }),
      ...{ 'few examples': expected(0, { examples: 3 }), 'many examples': expected(0, { examples: 10 }) },
    };
    expect(found).toEqual(Object.fromEntries(Object.entries(told).map(([name, x]) => [name, x.toFixed(3)])));
    expect(new Set(Object.values(found)).size).toBe(9); // a task three times as steep is three times as far from 0
  });

  it('that stopped anywhere goes on to the same weights', async () => {
    const { organism, start } = await trained({}, 1);
    await expectResumes(organism, start, 6, 4);
  });
});
