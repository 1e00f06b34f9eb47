import { z } from 'zod';
import { once } from '../../lib/once.ts';
import { createRng } from '../../lib/rng.ts';
import type { Rng } from '../../lib/rng.ts';
import { initParameters } from '../../nn/models/index.ts';
import type { Score } from '../../results/score.ts';
import { mean } from '../../results/stats.ts';
import { answersOf, distances, excess, implied, linearity, lossesOf, scoresOf } from '../regression/compare.ts';
import { ask } from '../regression/learner.ts';
import type { Answers } from '../regression/learner.ts';
import { LEGEND, pictureWeights } from '../regression/picture.ts';
import { learn, learnParams } from '../regression/recipe.ts';
import { bestRate, gradientDescent, memory, newton, nothing, ridge, searchedRates } from '../regression/references.ts';
import type { Method } from '../regression/references.ts';
import { dot, drawTask, drawWeights, lawOf, taskIn, taskParams } from '../regression/tasks.ts';
import type { Task, TaskLaw } from '../regression/tasks.ts';
import { transformer, transformerParams } from '../regression/transformer.ts';
import { shownOf } from '../shown.ts';
import { defineOrganism } from '../types.ts';
import { card, claims } from './claims.ts';

const params = learnParams({ steps: 6000, evalEverySteps: 2000, contexts: 1000, batchSize: 64, lr: 8e-3 }).extend({
  ...taskParams({ dimension: 3, examples: 8, queries: 8, inputs: 'normal', noise: 0.5 }).shape,
  ...transformerParams.shape,
  pool: z
    .int()
    .min(0)
    .max(4096)
    .default(0)
    .describe('tasks that training has, the same for every seed; 0: fresh ones at every step'),
});

const score = scoresOf('in-context-learner');

/** With 300 the rate of eight steps comes out a quarter too large. */
const RATE_TASKS = 50_000;

const DESCENTS = [1, 2, 4, 8];

/** Of each number of steps of descent, the rate that suits it best, on tasks that nothing is measured on. */
export function descentRates(law: TaskLaw): Record<number, number> {
  const rng = createRng('rates');
  function* tasks(): Iterable<Task> {
    for (let i = 0; i < RATE_TASKS; i++) yield drawTask({ ...law, queries: 1 }, rng);
  }
  const rateOf = searchedRates(tasks(), Math.max(...DESCENTS), bestRate(law));
  return Object.fromEntries(DESCENTS.map((steps) => [steps, rateOf(steps)]));
}

/** What it might have come to, by name. */
function methodsOf(law: TaskLaw, lambda: number): Record<string, Method> {
  const descents = Object.entries(descentRates(law));
  return {
    nothing,
    ...Object.fromEntries(descents.map(([k, rate]) => [`descent ${k}`, gradientDescent(rate, Number(k))])),
    ...Object.fromEntries([1, 2, 3, 4, 6].map((k) => [`newton ${k}`, newton(lambda, k)])),
    ridge: ridge(lambda),
  };
}

/**
 * A softmax transformer that learns regressions in context, beside the methods that it might have come to: so many steps of gradient descent,
 * or of Newton's (Fu et al. 2023), ridge regression, and, of few tasks, a memory of them (Raventos et al. 2023).
 */
export const inContextLearner = defineOrganism({
  summary:
    'a softmax transformer is trained to answer regressions from examples, beside methods that are known exactly',
  params,
  words: { cue: '', behavior: '', model: 'a softmax transformer', steps: 'steps of training', contexts: 'tasks' },
  controls: { 'few-tasks': { pool: 4 } },
  claims,
  legend: LEGEND,
  card,
  curves: [
    { metric: 'loss', condition: 'learner', label: 'the learner, fresh tasks' },
    { metric: 'loss', condition: 'learner, known tasks', label: 'known tasks' },
    { metric: 'loss', condition: 'ridge', label: 'ridge regression' },
    { metric: 'loss', condition: 'descent 1', label: 'one step of gradient descent' },
  ],
  create({ pool, ...options }) {
    const law = lawOf(options);
    const learner = transformer(law.dimension, options);
    const lambda = (law.noise / law.taskScale) ** 2 || 1e-9;
    const known = Array.from({ length: pool }, (_, i) => drawWeights(law, createRng(`known task ${i}`)));
    const draw = (rng: Rng): Task => drawTask(law, rng, pool > 0 ? rng.pick(known) : undefined);
    const freshTask = taskIn(law);
    const knownTask = (one: Rng): Task => draw(one.fork('known task'));
    const methods = once(() => methodsOf(law, lambda));
    /** The learner beside a method: how far answers and implied weights are apart. */
    const beside = (own: Answers, tasks: readonly Task[], method: Method, name: string): Score[] => {
      const exact = answersOf(method, tasks);
      const weights = implied(own, tasks).map((w, b) => {
        const off = w.map((value, j) => value - exact.sensitivities[b * law.queries]![j]!);
        return dot(off, off);
      });
      return [
        score('loss', name, mean(lossesOf(exact, tasks))),
        score('prediction-distance', name, mean(distances(own, exact, tasks).prediction)),
        score('weight-distance', name, mean(weights)),
      ];
    };
    return {
      initial: (rng) => initParameters(learner, rng),
      train: (start) => learn(learner, draw, options, start),
      async picture(state, { engine, contexts }) {
        const pictured = async (
          condition: string,
          tasks: readonly Task[],
          others: Readonly<Record<string, Method>>,
        ) => {
          const own = implied(await ask(engine, learner, state, tasks), tasks);
          const exact = Object.entries(others).map(([name, method]) => [name, tasks.map(method)]);
          return pictureWeights(condition, {
            ...{ 'the learner': own, ...Object.fromEntries(exact) },
            'the task': tasks.map(({ weights }) => weights),
          });
        };
        const shown = shownOf(contexts);
        const { 'descent 1': step, ridge: best } = methods();
        const fresh = await pictured('fresh tasks', shown.map(freshTask), { 'one step': step!, ridge: best! });
        if (pool === 0) return fresh;
        const recalled = { memory: memory(known, law.noise), ridge: best! };
        return [...fresh, ...(await pictured('known tasks', shown.map(knownTask), recalled))];
      },
      async examine(state, { engine, contexts }) {
        const tasks = contexts.map(freshTask);
        const own = await ask(engine, learner, state, tasks);
        const losses = lossesOf(own, tasks);
        const scores = [
          score('loss', 'learner', mean(losses)),
          score('excess', 'fresh tasks', excess(losses, lossesOf(answersOf(ridge(lambda), tasks), tasks))),
          score('linearity', 'fresh tasks', linearity(own, tasks)),
          ...Object.entries(methods()).flatMap(([name, method]) => beside(own, tasks, method, name)),
        ];
        if (pool === 0) return scores;
        const old = contexts.map(knownTask);
        const recalled = await ask(engine, learner, state, old);
        return [
          ...scores,
          score('loss', 'learner, known tasks', mean(lossesOf(recalled, old))),
          ...beside(recalled, old, memory(known, law.noise), 'memory'),
          ...beside(recalled, old, ridge(lambda), 'ridge, known tasks'),
        ];
      },
    };
  },
});
