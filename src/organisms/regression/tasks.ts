import { z } from 'zod';
import type { Rng } from '../../lib/rng.ts';

/** How a task of linear regression is drawn: y = w . x, some examples of it, and x of which y is asked. */
export interface TaskLaw {
  readonly dimension: number;
  readonly examples: number;
  readonly queries: number;
  readonly inputs: 'uniform' | 'normal';
  readonly inputRange: number;
  readonly taskScale: number;
  readonly noise: number;
}

/** As settings of an organism, with defaults of its own. */
export const taskParams = ({
  dimension = 10,
  examples = 10,
  queries = 1,
  inputs = 'uniform',
  noise = 0,
}: Partial<TaskLaw> = {}) =>
  z.strictObject({
    dimension: z.int().min(1).max(64).default(dimension).describe('of the inputs'),
    examples: z.int().min(1).max(256).default(examples).describe('that a context shows'),
    queries: z.int().min(1).max(256).default(queries).describe('that are asked of a context, each by itself'),
    inputs: z.enum(['uniform', 'normal']).default(inputs).describe('how they are distributed, each by itself, about 0'),
    inputRange: z.number().positive().default(1).describe('width of the uniform distribution, deviation of the normal'),
    taskScale: z.number().positive().default(1).describe('deviation of the weights of a task'),
    noise: z.number().min(0).default(noise).describe('deviation of what is added to the answers that examples show'),
  });

/** Of an organism's settings, those that are about tasks. */
export const lawOf = (options: TaskLaw): TaskLaw => taskParams().strip().parse(options);

/** In single precision, as models read it, whoever reads it. */
export interface Task {
  /** w [d]. */
  readonly weights: Float32Array;
  /** [N][d]. */
  readonly inputs: readonly Float32Array[];
  /** [N], noise included. */
  readonly outputs: Float32Array;
  /** [M][d]. */
  readonly queries: readonly Float32Array[];
  /** w . query of each [M], without noise. */
  readonly answers: Float32Array;
}

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/**
 * The next task of a stream: w, the queries, the examples. Laws that differ in scales alone give the same task, scaled, and
 * one with more examples begins with the same.
 *
 * @param weights where the task is one that is known
 */
export function drawTask(law: TaskLaw, rng: Rng, weights = drawWeights(law, rng)): Task {
  const { dimension, examples, noise } = law;
  const input = (): Float32Array => Float32Array.from({ length: dimension }, () => drawInput(law, rng));
  const queries = Array.from({ length: law.queries }, input);
  const outputs = new Float32Array(examples);
  const inputs = Array.from({ length: examples }, (_, i) => {
    const x = input();
    outputs[i] = dot(weights, x) + noise * rng.normal();
    return x;
  });
  return { weights, inputs, outputs, queries, answers: answersBy(weights, queries) };
}

/** The task of a context. */
export const taskIn =
  (law: TaskLaw) =>
  (context: Rng): Task =>
    drawTask(law, context.fork('task'));

const answersBy = (weights: ArrayLike<number>, queries: readonly Float32Array[]): Float32Array =>
  Float32Array.from(queries, (query) => dot(weights, query));

export const drawWeights = ({ dimension, taskScale }: TaskLaw, rng: Rng): Float32Array =>
  Float32Array.from({ length: dimension }, () => taskScale * rng.normal());

const drawInput = ({ inputs, inputRange }: TaskLaw, rng: Rng): number =>
  inputRange * (inputs === 'normal' ? rng.normal() : rng.next() - 0.5);

/** E x^2 and E x^4 of one coordinate. */
export const momentsOf = ({ inputs, inputRange: r }: TaskLaw): { readonly second: number; readonly fourth: number } =>
  inputs === 'normal' ? { second: r ** 2, fourth: 3 * r ** 4 } : { second: r ** 2 / 12, fourth: r ** 4 / 80 };
