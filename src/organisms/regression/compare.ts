import { average } from '../../results/over-seeds.ts';
import type { Score } from '../../results/score.ts';
import { mean } from '../../results/stats.ts';
import type { Estimate } from '../../results/stats.ts';
import type { Answers } from './learner.ts';
import { ridge } from './references.ts';
import type { Method } from './references.ts';
import { dot } from './tasks.ts';
import type { Task } from './tasks.ts';

/** What a method that is known exactly answers: its weights are its sensitivities. */
export function answersOf(method: Method, tasks: readonly Task[]): Answers {
  const weights = tasks.map((task) => Float32Array.from(method(task)));
  return {
    sensitivities: tasks.flatMap(({ queries }, b) => queries.map(() => weights[b]!)),
    predictions: Float32Array.from(tasks.flatMap(({ queries }, b) => queries.map((query) => dot(weights[b]!, query)))),
  };
}

/** Half the squared error of each task's answers, the mean of its queries. */
export const lossesOf = ({ predictions }: Answers, tasks: readonly Task[]): number[] =>
  tasks.map(({ answers }, b) => {
    const M = answers.length;
    return answers.reduce((sum, answer, m) => sum + (predictions[b * M + m]! - answer) ** 2, 0) / (2 * M);
  });

/** How much larger the mean of one is than that of the other, as a share of it; the interval of a ratio of paired means (delta method). */
export function excess(losses: readonly number[], reference: readonly number[]): Estimate {
  const base = average(reference);
  const ratio = average(losses) / base;
  const { n, low, high } = mean(losses.map((loss, i) => (loss - ratio * reference[i]!) / base));
  return { value: ratio - 1, n, low: ratio - 1 + low, high: ratio - 1 + high };
}

/**
 * How far the answers are apart, and how far what they would change by with the query; cosine and distance (L2). Of a task the mean of its
 * queries: they share examples, and are no sample of their own.
 */
export function distances(
  a: Answers,
  b: Answers,
  tasks: readonly Pick<Task, 'queries'>[],
): Readonly<Record<'prediction' | 'sensitivity' | 'cosine', number[]>> {
  const pairs = a.sensitivities.map((x, i) => [x, b.sensitivities[i]!] as const);
  const length = (x: ArrayLike<number>): number => Math.sqrt(dot(x, x));
  const byTask = (values: readonly number[]): number[] =>
    tasks.map(({ queries: { length: M } }, t) => values.slice(t * M, (t + 1) * M).reduce((sum, x) => sum + x, 0) / M);
  return {
    prediction: byTask(Array.from(a.predictions, (x, i) => Math.abs(x - b.predictions[i]!))),
    sensitivity: byTask(pairs.map(([x, y]) => length(x.map((value, j) => value - y[j]!)))),
    // of nothing at all there is no direction
    cosine: byTask(pairs.map(([x, y]) => dot(x, y) / Math.max(length(x) * length(y), Number.MIN_VALUE))),
  };
}

/** The linear function nearest to what it answered in each task [B][d], by least squares over the task's queries (Akyurek et al. 2022). */
export const implied = ({ predictions }: Answers, tasks: readonly Task[]): Float64Array[] =>
  tasks.map(({ queries }, b) => {
    const M = queries.length;
    return ridge(1e-9)({ inputs: queries, outputs: predictions.subarray(b * M, (b + 1) * M) });
  });

/** The share of its answers' squares that the implied functions explain, less what so many free weights explain of noise. */
export function linearity(answers: Answers, tasks: readonly Task[]): Estimate {
  const weights = implied(answers, tasks);
  const sums = tasks.map(({ queries }, b) => {
    const [M, d] = [queries.length, queries[0]!.length];
    const own = answers.predictions.subarray(b * M, (b + 1) * M);
    const left = queries.map((query, m) => own[m]! - dot(weights[b]!, query));
    return { all: dot(own, own), left: (dot(left, left) * M) / (M - d) };
  });
  const { value, n, low, high } = excess(
    sums.map(({ left }) => left),
    sums.map(({ all }) => all),
  );
  return { value: -value, n, low: -high, high: -low };
}

/** Numbers without a unit, under the name of an organism. */
export const scoresOf =
  (kind: string) =>
  (metric: string, condition: string, found: Estimate): Score => ({
    ...{ eval: kind, metric, condition, unit: 'number' },
    ...found,
  });
