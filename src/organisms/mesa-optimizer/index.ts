import { z } from 'zod';
import type { State } from '../../engine/index.ts';
import type { Rng } from '../../lib/rng.ts';
import { initParameters } from '../../nn/models/index.ts';
import { startTraining, trainingParams } from '../../nn/training/loop.ts';
import type { Score } from '../../results/score.ts';
import { mean } from '../../results/stats.ts';
import type { Estimate } from '../../results/stats.ts';
import { answersOf, distances, excess, lossesOf } from '../regression/compare.ts';
import { ask, freshTasks, squaredError } from '../regression/learner.ts';
import { bestRate, gradientDescent, nothing } from '../regression/references.ts';
import { drawTask, taskParams } from '../regression/tasks.ts';
import type { Task, TaskLaw } from '../regression/tasks.ts';
import { defineOrganism, recipeParams } from '../types.ts';
import type { Examination } from '../types.ts';
import { between, constructed, linearAttention, merged, NAMES, parametersOf } from './attention.ts';
import { claims } from './claims.ts';
import { SHIFTS } from './shifts.ts';

const { batchSize, lr, clipNorm } = trainingParams.shape;
const params = recipeParams.extend({
  ...taskParams.shape,
  steps: recipeParams.shape.steps.unwrap().default(2000).describe('steps of its recipe'),
  contexts: recipeParams.shape.contexts.unwrap().default(4000).describe('tasks that it is measured in'),
  batchSize: batchSize.unwrap().default(256).describe('tasks of a step, fresh ones each time'),
  lr: lr.unwrap().default(3e-3).describe('peak learning rate'),
  clipNorm: clipNorm.unwrap().default(1).describe('largest gradient norm; 0: no clipping'),
  deviation: z.number().positive().default(0.1).describe('of the weights before the first step'),
  related: z
    .boolean()
    .default(true)
    .describe('in training, examples are of the task that is asked; false: of another, and say nothing'),
});

const ADAM = { optimizer: { kind: 'adamw', beta2: 0.999, weightDecay: 0 }, schedule: { finalRatio: 0 } };
/** From its own weights to those constructed for the step. */
const WAY = { 'a quarter of the way': 0.25, 'half way': 0.5, 'three quarters': 0.75 };

const score = (metric: string, condition: string, found: Estimate): Score => ({
  ...{ eval: 'mesa-optimizer', metric, condition, unit: 'number' },
  ...found,
});

/**
 * Trained to answer regressions it has never seen, one layer of linear self-attention comes to do a step of gradient descent in its
 * forward pass (von Oswald et al. 2023). What that step is, is known exactly.
 */
export const mesaOptimizer = defineOrganism({
  summary: 'one layer of linear attention that is trained on regressions, and learns to do a step of gradient descent',
  params,
  words: {
    cue: '',
    behavior: '',
    model: 'one layer of linear self-attention',
    steps: 'steps of training',
    contexts: 'tasks',
  },
  controls: { unrelated: { related: false } },
  claims,
  curves: [
    { metric: 'loss', condition: 'learner', label: 'the learner' },
    { metric: 'loss', condition: 'one step', label: 'one step of gradient descent' },
    { metric: 'loss', condition: 'nothing', label: 'answering 0' },
  ],
  create({ steps, batchSize, lr, clipNorm, deviation, related, ...options }) {
    const law: TaskLaw = taskParams.strip().parse(options);
    const learner = linearAttention(law.dimension, deviation);
    const rate = bestRate(law);
    const step = gradientDescent(rate);
    const draw = (rng: Rng): Task => {
      const task = drawTask(law, rng);
      return related ? task : { ...task, answer: drawTask(law, rng).answer };
    };
    /** The learner beside the step on tasks of some law. */
    const beside = async (state: State, { engine, contexts }: Examination, given = law) => {
      const tasks = contexts.map((one) => drawTask(given, one.fork('task')));
      const [own, exact] = [await ask(engine, learner, state, tasks), answersOf(step, tasks)];
      const losses = [own, exact, answersOf(nothing, tasks)].map((answers) => lossesOf(answers, tasks));
      return { losses, apart: distances(own, exact), excess: excess(losses[0]!, losses[1]!) };
    };
    return {
      initial: (rng) => initParameters(learner, rng),
      train: ({ engine, rng, parameters, resume }) =>
        startTraining({
          ...{ engine, parameters, resume, model: learner, loss: squaredError },
          batches: freshTasks(draw, batchSize, rng),
          options: trainingParams.parse({ ...{ steps, batchSize, lr, clipNorm }, ...ADAM }),
        }),
      async examine(state, context) {
        const { losses, apart, ...whole } = await beside(state, context);
        const scores = [
          score('excess', 'as trained', whole.excess),
          ...['learner', 'one step', 'nothing'].map((who, i) => score('loss', who, mean(losses[i]!))),
          score('sensitivity-cosine', 'as trained', mean(apart.cosine)),
          score('sensitivity-distance', 'as trained', mean(apart.sensitivity)),
          score('prediction-distance', 'as trained', mean(apart.prediction)),
        ];
        const own = merged(await state.read([...NAMES]));
        for (const [condition, share] of Object.entries(WAY)) {
          const mixed = parametersOf(between(own, constructed(law.dimension, rate), share));
          const there = context.engine.createState(mixed);
          scores.push(score('excess', condition, (await beside(there, context)).excess));
          there.dispose();
        }
        for (const [condition, shift] of Object.entries(SHIFTS))
          scores.push(score('excess', condition, (await beside(state, context, { ...law, ...shift(law) })).excess));
        return scores;
      },
    };
  },
});
