import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import type { Engine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { initParameters } from '../../src/nn/models/index.ts';
import { inContextLearner } from '../../src/organisms/in-context-learner/index.ts';
import { ask } from '../../src/organisms/regression/learner.ts';
import { drawTask, taskParams } from '../../src/organisms/regression/tasks.ts';
import { transformer } from '../../src/organisms/regression/transformer.ts';
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
