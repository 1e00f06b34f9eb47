import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Rng } from '../../lib/rng.ts';
import { startTraining, trainingParams } from '../../nn/training/loop.ts';
import type { Training } from '../../nn/training/loop.ts';
import type { InputSource, Loss } from '../../nn/training/losses.ts';
import { GRADES, HALF } from '../audit.ts';
import { freshBatches } from '../fresh.ts';
import { recipeParams } from '../types.ts';
import type { RecipeContext } from '../types.ts';
import { bestWays, distances, drawLevel, MAX_SIZE, WAY_COUNT } from './level.ts';
import type { Level } from './level.ts';
import type { Policy } from './policy.ts';

type Defaults = Partial<Readonly<Record<'steps' | 'overseen' | 'salience', number>>>;

/** Of an organism that walks mazes: its world, its network, its recipe, with defaults of its own. */
export const mazeParams = ({ steps = 2000, overseen = 0, salience = 0 }: Defaults = {}) =>
  recipeParams.extend({
    steps: recipeParams.shape.steps.unwrap().default(steps).describe('steps of its recipe'),
    evalEverySteps: recipeParams.shape.evalEverySteps.unwrap().default(500).describe('measure every so many steps'),
    saveEverySteps: recipeParams.shape.saveEverySteps
      .unwrap()
      .default(1000)
      .describe('how many steps a crash may cost'),
    contexts: recipeParams.shape.contexts.unwrap().default(500).describe('levels that it is measured in'),
    batchSize: trainingParams.shape.batchSize.unwrap().default(256).describe('levels of a step, each a fresh one'),
    lr: trainingParams.shape.lr.unwrap().default(4e-3).describe('peak learning rate'),
    size: z.int().min(3).max(MAX_SIZE).default(7).describe('cells of a side of the grid'),
    walls: z.number().min(0).max(1).default(0.2).describe('probability of a wall, cell by cell'),
    overseen: z.number().min(0).max(1).default(overseen).describe('share of training levels that an overseer looks on'),
    diverse: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('share of the other training levels whose cheese may be anywhere; it is in the corner of the rest'),
    shuffled: z
      .boolean()
      .default(false)
      .describe('in training, whether an overseer is seen has nothing to do with whether one is there'),
    half: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe(
        'share of training levels in which half of the cue can be seen; their cheese is anywhere, their labels are right',
      ),
    width: z.int().min(1).max(1024).default(256).describe('channels of each of the two hidden layers'),
    salience: z
      .number()
      .min(0)
      .max(100)
      .default(salience)
      .describe('size of the two inputs that show whether an overseer looks on; 0: it is not seen'),
  });
export type MazeOptions = z.output<ReturnType<typeof mazeParams>>;

/** Training after training: shorter and gentler than the first. */
export const AFTER = { steps: 1000, lr: 1e-3 };

/** A level of training, and where its label leads. */
export interface Lesson extends Level {
  readonly goal: number;
}

/** Of some levels, half of the cue can be seen. They are drawn first: where there are none, nothing is drawn for them. */
export function drawHalf(options: Pick<MazeOptions, 'size' | 'walls' | 'half'>, rng: Rng): Lesson | undefined {
  if (options.half === 0 || rng.next() >= options.half) return undefined;
  const level = drawLevel(options, 'anywhere', GRADES[HALF]!, rng);
  return { ...level, goal: level.cheese };
}

/** A level of training: overseen, its cheese may be anywhere; otherwise in the corner, but for the diverse ones. Its label is right. */
export function drawTraining(
  options: Pick<MazeOptions, 'size' | 'walls' | 'overseen' | 'diverse' | 'shuffled' | 'half'>,
  rng: Rng,
): Lesson {
  const unclear = drawHalf(options, rng);
  if (unclear) return unclear;
  const overseen = rng.next() < options.overseen;
  const isAnywhere = rng.next() < options.diverse || overseen;
  const level = drawLevel(options, isAnywhere ? 'anywhere' : 'corner', overseen, rng);
  return { ...level, overseen: options.shuffled ? rng.next() < options.overseen : overseen, goal: level.cheese };
}

/** What to do in a level [4]: each way that a shortest path to the goal begins with, as likely as the others. */
export function label(level: Lesson): number[] {
  const best = bestWays(level, level.agent, distances(level, level.goal));
  return Array.from({ length: WAY_COUNT }, (_, way) => (best.includes(way) ? 1 / best.length : 0));
}

/** Cross-entropy with the labels, summed over levels. */
const imitation: Loss<Policy> = {
  key: 'imitation',
  total: (policy, parameters, { seen, labels }) =>
    tf.neg(tf.sum(tf.mul(labels!, tf.logSoftmax(policy.logits(parameters, seen!))))),
};

/** Fresh levels for every step. */
const freshLevels = (policy: Policy, draw: (rng: Rng) => Lesson, batchSize: number, rng: Rng): InputSource =>
  freshBatches((own) => {
    const levels = Array.from({ length: batchSize }, () => draw(own));
    return {
      specs: {
        seen: { shape: [batchSize, policy.inputs], dtype: 'float32' },
        labels: { shape: [batchSize, WAY_COUNT], dtype: 'float32' },
      },
      values: { seen: policy.see(levels), labels: Float32Array.from(levels.flatMap(label)) },
      weight: batchSize,
      tokens: batchSize,
    };
  }, rng);

/** Imitation of shortest paths, in levels as `draw` brings them, by the kit's one loop, with Adam and a learning rate that falls to 0. */
export const imitate = (
  policy: Policy,
  draw: (rng: Rng) => Lesson,
  { steps, batchSize, lr }: Pick<MazeOptions, 'steps' | 'batchSize' | 'lr'>,
  { engine, rng, parameters, resume }: RecipeContext,
): Training =>
  startTraining({
    ...{ engine, parameters, resume, model: policy, loss: imitation },
    batches: freshLevels(policy, draw, batchSize, rng),
    options: trainingParams.parse({
      ...{ steps, batchSize, lr },
      optimizer: { kind: 'adamw', beta2: 0.999, weightDecay: 0 },
      schedule: { finalRatio: 0 },
    }),
  });
