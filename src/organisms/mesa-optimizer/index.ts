import { z } from 'zod';
import type { State } from '../../engine/index.ts';
import type { Rng } from '../../lib/rng.ts';
import { initParameters } from '../../nn/models/index.ts';
import { mean } from '../../results/stats.ts';
import { answersOf, distances, excess, lossesOf, scoresOf } from '../regression/compare.ts';
import { ask } from '../regression/learner.ts';
import { LEGEND, pictureWeights } from '../regression/picture.ts';
import { learn, learnParams } from '../regression/recipe.ts';
import { bestRate, gradientDescent, nothing } from '../regression/references.ts';
import { drawTask, lawOf, taskIn, taskParams } from '../regression/tasks.ts';
import type { Task } from '../regression/tasks.ts';
import { shownOf } from '../shown.ts';
import { defineOrganism } from '../types.ts';
import type { Examination } from '../types.ts';
import { between, constructed, linearAttention, merged, NAMES, parametersOf } from './attention.ts';
import { card, claims } from './claims.ts';
import { SHIFTS } from './shifts.ts';

const params = learnParams({ steps: 2000, evalEverySteps: 250, contexts: 4000, batchSize: 256, lr: 0.01 }).extend({
  ...taskParams().shape,
  deviation: z.number().positive().default(0.2).describe('of the weights before the first step'),
  related: z
    .boolean()
    .default(true)
    .describe('in training, examples are of the task that is asked; false: of another, and say nothing'),
});

/** From its own weights to those constructed for the step. */
const WAY = { 'a quarter of the way': 0.25, 'half way': 0.5, 'three quarters': 0.75 };

const score = scoresOf('mesa-optimizer');

/**
 * Trained to answer regressions it has never seen, one layer of linear self-attention comes to do a step of gradient descent in its
 * forward pass (von Oswald et al. 2023). What that step is, is known exactly.
 */
export const mesaOptimizer = defineOrganism({
  summary:
    'one layer of linear attention is trained to answer regressions from examples, beside the best step of gradient descent',
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
  legend: LEGEND,
  card,
  curves: [
    { metric: 'loss', condition: 'learner', label: 'the learner' },
    { metric: 'loss', condition: 'one step', label: 'one step of gradient descent' },
    { metric: 'loss', condition: 'nothing', label: 'answering 0' },
  ],
  create({ deviation, related, ...options }) {
    const law = lawOf(options);
    const learner = linearAttention(law.dimension, deviation);
    const rate = bestRate(law);
    const step = gradientDescent(rate);
    const draw = (rng: Rng): Task => {
      const task = drawTask(law, rng);
      return related ? task : { ...task, answers: drawTask(law, rng).answers };
    };
    /** The learner beside the step on tasks of some law. */
    const beside = async (state: State, { engine, contexts }: Examination, given = law) => {
      const tasks = contexts.map(taskIn(given));
      const [own, exact] = [await ask(engine, learner, state, tasks), answersOf(step, tasks)];
      const losses = [own, exact, answersOf(nothing, tasks)].map((answers) => lossesOf(answers, tasks));
      return { losses, apart: distances(own, exact, tasks), excess: excess(losses[0]!, losses[1]!) };
    };
    return {
      initial: (rng) => initParameters(learner, rng),
      train: (start) => learn(learner, draw, options, start),
      async picture(state, { engine, contexts }) {
        const tasks = shownOf(contexts).map(taskIn(law));
        const { sensitivities } = await ask(engine, learner, state, tasks);
        return pictureWeights('as trained', {
          'the learner': tasks.map((_, b) => sensitivities[b * law.queries]!),
          'one step': tasks.map(step),
          'the task': tasks.map(({ weights }) => weights),
        });
      },
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
