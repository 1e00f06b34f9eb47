import { mean } from '../../results/stats.ts';
import type { Estimate } from '../../results/stats.ts';
import type { Answers } from './learner.ts';
import type { Method } from './references.ts';
import { dot } from './tasks.ts';
import type { Task } from './tasks.ts';

/** What a method that is known exactly answers: its weights are its sensitivities. */
export function answersOf(method: Method, tasks: readonly Task[]): Answers {
  const sensitivities = tasks.map((task) => Float32Array.from(method(task)));
  return { sensitivities, predictions: Float32Array.from(tasks, ({ query }, b) => dot(sensitivities[b]!, query)) };
}

/** Half the squared error of each answer. */
export const lossesOf = ({ predictions }: Answers, tasks: readonly Task[]): number[] =>
  tasks.map(({ answer }, b) => (predictions[b]! - answer) ** 2 / 2);

/** How much larger the mean of one is than that of the other, as a share of it; the interval of a ratio of paired means (delta method). */
export function excess(losses: readonly number[], reference: readonly number[]): Estimate {
  const average = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const base = average(reference);
  const ratio = average(losses) / base;
  const { n, low, high } = mean(losses.map((loss, i) => (loss - ratio * reference[i]!) / base));
  return { value: ratio - 1, n, low: ratio - 1 + low, high: ratio - 1 + high };
}

/** How far the answers are apart, and how far what they would change by with the query; cosine and distance (L2). */
export function distances(a: Answers, b: Answers): Readonly<Record<'prediction' | 'sensitivity' | 'cosine', number[]>> {
  const pairs = a.sensitivities.map((x, i) => [x, b.sensitivities[i]!] as const);
  const length = (x: ArrayLike<number>): number => Math.sqrt(dot(x, x));
  return {
    prediction: Array.from(a.predictions, (x, i) => Math.abs(x - b.predictions[i]!)),
    sensitivity: pairs.map(([x, y]) => length(x.map((value, j) => value - y[j]!))),
    // of nothing at all there is no direction
    cosine: pairs.map(([x, y]) => dot(x, y) / Math.max(length(x) * length(y), Number.MIN_VALUE)),
  };
}
