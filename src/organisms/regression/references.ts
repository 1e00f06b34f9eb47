import { dot, momentsOf } from './tasks.ts';
import type { Task, TaskLaw } from './tasks.ts';

/** Ways to do linear regression that are known exactly, in double precision: from what a task shows to weights [d]. */
export type Method = (task: Pick<Task, 'inputs' | 'outputs'>) => Float64Array;

/** Knows nothing. */
export const nothing: Method = ({ inputs }) => new Float64Array(inputs[0]!.length);

/** Gradient descent from 0 on sum (w . x - y)^2 / 2. */
export const gradientDescent =
  (rate: number, steps = 1): Method =>
  ({ inputs, outputs }) => {
    let w = new Float64Array(inputs[0]!.length);
    for (let step = 0; step < steps; step++) {
      const errors = inputs.map((x, i) => outputs[i]! - dot(w, x));
      w = w.map((value, j) => value + rate * inputs.reduce((sum, x, i) => sum + errors[i]! * x[j]!, 0));
    }
    return w;
  };

/**
 * The rate at which one step of gradient descent from 0 has the least expected loss, E (y - w . x)(rate sum_i y_i x_i . x) set to 0:
 * t s / (t (m + (d + N - 2) s^2) + n s), with s, m the second and fourth moments of an input's coordinate, t and n the
 * variances of a weight and of the noise.
 */
export function bestRate(law: TaskLaw): number {
  const { dimension: d, examples: N, taskScale, noise } = law;
  const { second: s, fourth: m } = momentsOf(law);
  const t = taskScale ** 2;
  return (t * s) / (t * (m + (d + N - 2) * s ** 2) + noise ** 2 * s);
}

/** Half the expected squared error of that step: t d s (1 - rate N s) / 2. */
export const bestLoss = (law: TaskLaw): number => {
  const { second: s } = momentsOf(law);
  return (law.taskScale ** 2 * law.dimension * s * (1 - bestRate(law) * law.examples * s)) / 2;
};
