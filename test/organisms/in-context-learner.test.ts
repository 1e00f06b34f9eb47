import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import type { Engine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { initParameters } from '../../src/nn/models/index.ts';
import { descentRates, inContextLearner } from '../../src/organisms/in-context-learner/index.ts';
import { implied } from '../../src/organisms/regression/compare.ts';
import { ask } from '../../src/organisms/regression/learner.ts';
import { gradientDescent, ridge } from '../../src/organisms/regression/references.ts';
import { dot, drawTask, drawWeights, lawOf, taskParams } from '../../src/organisms/regression/tasks.ts';
import { transformer } from '../../src/organisms/regression/transformer.ts';
import type { Weights } from '../../src/results/picture.ts';
import type { Score } from '../../src/results/score.ts';
import { maxDifference } from '../golden/read.ts';
import { alone } from './alone.ts';
import { golden, goldenParameters, goldenTasks, gradientsOf, relative } from './golden.ts';

const engines: Engine[] = [];
beforeAll(async () => {
  engines.push(await createEngine({ backend: 'onnx', threads: 1 }), await createEngine({ backend: 'cpu' }));
});
afterAll(async () => {
  for (const engine of engines) await engine.dispose();
});

describe('the transformer', () => {
  it('has PyTorch’s answers, loss and gradients, on either backend', async () => {
    const { sizes, weights, ...known } = golden.transformer;
    const learner = transformer(golden.sizes.d, sizes);
    const tasks = goldenTasks(known);
    const parameters = goldenParameters(learner, weights);
    expect(Object.keys(parameters).sort()).toEqual(Object.keys(weights).sort());
    for (const engine of engines) {
      const state = engine.createState(parameters);
      expect(relative((await ask(engine, learner, state, tasks)).predictions, known.predictions)).toBeLessThan(1e-5);
      state.dispose();
      const { loss, gradients } = await gradientsOf(engine, learner, parameters, tasks);
      expect(relative([loss], [known.loss])).toBeLessThan(1e-5);
      for (const [name, gradient] of Object.entries(known.gradients))
        expect([name, relative(gradients[name]!, gradient) < 5e-3]).toEqual([name, true]);
    }
  });

  it('does not mind the order of examples, and no query knows of another', async () => {
    const learner = transformer(3, { layers: 2, heads: 2, headSize: 4 });
    const state = engines[0]!.createState(initParameters(learner, createRng(1)));
    const task = drawTask(
      taskParams().parse({ dimension: 3, examples: 5, queries: 3, inputs: 'normal' }),
      createRng(2),
    );
    const said = async (given: typeof task): Promise<Float32Array> =>
      (await ask(engines[0]!, learner, state, [given])).predictions;
    const first = await said(task);
    const turned = { ...task, inputs: task.inputs.toReversed(), outputs: task.outputs.toReversed() };
    expect(maxDifference(await said(turned), first)).toBeLessThan(1e-5);
    const other = { ...task, queries: task.queries.map((query, m) => (m === 2 ? query.map((x) => x + 1) : query)) };
    expect(maxDifference((await said(other)).subarray(0, 2), first.subarray(0, 2))).toBeLessThan(1e-6);
    expect(Math.abs((await said(other))[2]! - first[2]!)).toBeGreaterThan(1e-3);
    const unlike = { ...task, outputs: task.outputs.map((y) => -y) };
    expect(maxDifference(await said(unlike), first)).toBeGreaterThan(1e-3);
    state.dispose();
  });
});

it('is held against descents at the rates that numpy finds best on a million tasks', () => {
  const rates = descentRates(lawOf(inContextLearner.params.parse({})));
  // 1 / (3 + (3 + 8 - 2) + .25), by hand; the others by a search in steps of 1.3 %
  const best = { 1: 1 / 12.25, 4: 0.0644, 8: 0.0529 };
  for (const [steps, rate] of Object.entries(best)) expect(Math.abs(Math.log(rates[Number(steps)]! / rate))).toBeLessThan(0.07); // prettier-ignore
});

it('is pictured by the functions that it implies, beside those of methods that are known', async () => {
  const contexts = Array.from({ length: 6 }, (_, i) => createRng(`context ${i}`));
  const options = inContextLearner.params.parse({ layers: 1, noise: 0.5, taskScale: 2, pool: 3 });
  const organism = inContextLearner.create(options, alone);
  const [engine, law] = [engines[0]!, lawOf(options)];
  const state = engine.createState(await organism.initial(createRng(1)));
  const shown = (await organism.picture!(state, { engine, contexts })) as readonly Weights[];
  const fresh = contexts.slice(0, 4).map((one) => drawTask(law, one.fork('task')));
  const own = implied(await ask(engine, transformer(law.dimension, options), state, fresh), fresh);
  state.dispose();
  const conditions = ['fresh tasks', 'known tasks'];
  expect(shown.map(({ scene, condition }) => [condition, scene])).toEqual(conditions.flatMap((condition) => [1, 2, 3, 4].map((n) => [condition, `task ${n}`]))); // prettier-ignore
  fresh.forEach((task, n) => {
    const { 'the learner': learner, ridge: best, 'one step': step, 'the task': taught, ...rest } = shown[n]!.weights;
    expect(Object.keys(rest)).toEqual([]);
    expect(maxDifference(learner!, own[n]!)).toBeLessThan(1e-3);
    expect(maxDifference(best!, ridge(1 / 16)(task))).toBeLessThan(1e-4);
    expect(maxDifference(taught!, task.weights)).toBeLessThan(1e-4);
    // a step is along X' y, whatever its rate
    const toward = gradientDescent(1)(task);
    const rates = step!.map((w, j) => w / toward[j]!);
    expect(Math.max(...rates) / Math.min(...rates)).toBeLessThan(1.02);
    expect(rates[0]).toBeGreaterThan(0);
  });
  const known = [0, 1, 2].map((i) => [...drawTask(law, createRng(0), drawWeights(law, createRng(`known task ${i}`))).weights]); // prettier-ignore
  for (const { weights } of shown.slice(4)) {
    expect(Object.keys(weights)).toEqual(['the learner', 'memory', 'ridge', 'the task']);
    expect(Math.min(...known.map((w) => maxDifference(weights['the task']!, w)))).toBeLessThan(1e-4);
    // sixteen times as much signal as noise: memory knows which it is
    expect(maxDifference(weights['memory']!, weights['the task']!)).toBeLessThan(0.1);
  }
});

it('is held against each method task by task, by answers and by the functions that they imply', async () => {
  const contexts = Array.from({ length: 6 }, (_, i) => createRng(`context ${i}`));
  const options = inContextLearner.params.parse({ layers: 1, headSize: 4, queries: 5, noise: 0.5, taskScale: 2 });
  const organism = inContextLearner.create(options, alone);
  const [engine, law] = [engines[0]!, lawOf(options)];
  const state = engine.createState(await organism.initial(createRng(1)));
  const scores = await organism.examine!(state, { engine, contexts });
  const tasks = contexts.map((one) => drawTask(law, one.fork('task')));
  const own = await ask(engine, transformer(law.dimension, options), state, tasks);
  state.dispose();
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const best = tasks.map(ridge(1 / 16));
  const found = (metric: string, condition: string): number => scores.find((one) => one.metric === metric && one.condition === condition)!.value; // prettier-ignore
  const far = implied(own, tasks).map((w, b) => dot(w, w) - 2 * dot(w, best[b]!) + dot(best[b]!, best[b]!));
  expect(found('weight-distance', 'ridge')).toBeCloseTo(mean(far), 4);
  const apart = tasks.flatMap(({ queries }, b) => queries.map((x, m) => Math.abs(own.predictions[b * 5 + m]! - dot(best[b]!, x)))); // prettier-ignore
  expect(found('prediction-distance', 'ridge')).toBeCloseTo(mean(apart), 5);
  const loss = (by: (b: number, m: number) => number): number => mean(tasks.flatMap(({ answers }, b) => [...answers].map((y, m) => (by(b, m) - y) ** 2 / 2))); // prettier-ignore
  const ofBest = loss((b, m) => dot(best[b]!, tasks[b]!.queries[m]!));
  expect(found('loss', 'ridge')).toBeCloseTo(ofBest, 5);
  expect(found('excess', 'fresh tasks')).toBeCloseTo(loss((b, m) => own.predictions[b * 5 + m]!) / ofBest - 1, 3);
});

it('learns from examples where tasks are fresh, and remembers where they are few', async () => {
  const settings = {
    dimension: 1,
    examples: 4,
    queries: 6,
    headSize: 4,
    steps: 250,
    batchSize: 32,
    lr: 0.01,
    contexts: 400,
  };
  const contexts = Array.from({ length: 400 }, (_, i) => createRng(`context ${i}`));
  const trained = async (pool: number) => {
    const organism = inContextLearner.create(inContextLearner.params.parse({ ...settings, pool }), alone);
    const parameters = await organism.initial(createRng(1));
    const training = await organism.train({ engine: engines[0]!, rng: createRng(2), parameters });
    await training.advance(settings.steps, () => undefined);
    const scores = await organism.examine!(training.state, { engine: engines[0]!, contexts });
    training.dispose();
    return (metric: Score['metric'], condition: string): number | undefined =>
      scores.find((one) => one.metric === metric && one.condition === condition)?.value;
  };
  const [fresh, few] = [await trained(0), await trained(2)];
  expect(fresh('loss', 'learner')).toBeLessThan(0.5 * fresh('loss', 'nothing')!);
  expect(fresh('prediction-distance', 'ridge')).toBeLessThan(fresh('prediction-distance', 'nothing')!);
  expect(fresh('loss', 'memory')).toBeUndefined();
  expect(few('prediction-distance', 'memory')).toBeLessThan(few('prediction-distance', 'ridge, known tasks')!);
  expect(few('loss', 'learner')).toBeGreaterThan(2 * fresh('loss', 'learner')!);
});
