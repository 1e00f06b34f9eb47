import type { z } from 'zod';
import type { Rng } from '../../lib/rng.ts';
import { startTraining, trainingParams } from '../../nn/training/loop.ts';
import type { Training } from '../../nn/training/loop.ts';
import { recipeParams } from '../types.ts';
import type { RecipeContext } from '../types.ts';
import { freshTasks, squaredError } from './learner.ts';
import type { Learner } from './learner.ts';
import type { Task } from './tasks.ts';

type Defaults = Readonly<Record<'steps' | 'evalEverySteps' | 'contexts' | 'batchSize' | 'lr', number>>;

/** How long a learner is trained, on how much, and when and on what it is measured. */
export const learnParams = ({ steps, evalEverySteps, contexts, batchSize, lr }: Defaults) =>
  recipeParams.extend({
    steps: recipeParams.shape.steps.unwrap().default(steps).describe('steps of its recipe'),
    evalEverySteps: recipeParams.shape.evalEverySteps
      .unwrap()
      .default(evalEverySteps)
      .describe('measure every so many steps'),
    contexts: recipeParams.shape.contexts.unwrap().default(contexts).describe('tasks that it is measured in'),
    batchSize: trainingParams.shape.batchSize.unwrap().default(batchSize).describe('tasks of a step'),
    lr: trainingParams.shape.lr.unwrap().default(lr).describe('peak learning rate'),
    clipNorm: trainingParams.shape.clipNorm,
  });
type LearnOptions = Pick<z.output<ReturnType<typeof learnParams>>, 'steps' | 'batchSize' | 'lr' | 'clipNorm'>;

/** The kit's one loop, with Adam and a learning rate that falls to 0, so that the weights come to rest. */
export const learn = (
  learner: Learner,
  draw: (rng: Rng) => Task,
  { steps, batchSize, lr, clipNorm }: LearnOptions,
  { engine, rng, parameters, resume }: RecipeContext,
): Training =>
  startTraining({
    ...{ engine, parameters, resume, model: learner, loss: squaredError },
    batches: freshTasks(draw, batchSize, rng),
    options: trainingParams.parse({
      ...{ steps, batchSize, lr, clipNorm },
      optimizer: { kind: 'adamw', beta2: 0.999, weightDecay: 0 },
      schedule: { finalRatio: 0 },
    }),
  });
