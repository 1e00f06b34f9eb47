import { dot, momentsOf } from './tasks.ts';
import type { Task, TaskLaw } from './tasks.ts';

/** Ways to do linear regression that are known exactly, in double precision: from what a task shows to weights [d]. */
export type Method = (task: Shown) => Float64Array;
type Shown = Pick<Task, 'inputs' | 'outputs'>;

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

/**
 * By the number of steps, the rate at which so many do best on these tasks, by a search over a grid of 1 % steps. `k` steps end at the sum of
 * (k over j) (-1)^(j+1) rate^j S^(j-1) X' y over j = 1..k, S = X' X, so their loss is a polynomial of the rate, and one pass over the tasks
 * is enough. It takes many: the few that are so steep that descent diverges decide what rate is too large.
 *
 * @param most steps that are asked for, at most
 */
export function searchedRates(tasks: Iterable<Task>, most: number, around: number): (steps: number) => number {
  const step = gradientDescent(1); // X' y
  const products = new Float64Array(most * most);
  const withAnswers = new Float64Array(most);
  for (const { inputs, outputs, queries, answers } of tasks) {
    const terms = [step({ inputs, outputs })];
    while (terms.length < most)
      terms.push(step({ inputs, outputs: Float32Array.from(inputs, (x) => dot(terms.at(-1)!, x)) }));
    queries.forEach((query, m) => {
      const told = terms.map((term) => dot(term, query));
      told.forEach((one, i) => {
        withAnswers[i]! += one * answers[m]!;
        told.forEach((other, j) => (products[i * most + j]! += one * other));
      });
    });
  }
  return (steps) => {
    const lossAt = (rate: number): number => {
      const shares = [steps * rate];
      for (let j = 2; j <= steps; j++) shares.push((-shares.at(-1)! * rate * (steps - j + 1)) / j);
      return shares.reduce((sum, a, i) => sum + a * (shares.reduce((own, b, j) => own + b * products[i * most + j]!, 0) - 2 * withAnswers[i]!), 0); // prettier-ignore
    };
    // the loss falls, then rises: walk on while it falls
    let [rate, least] = [around, lossAt(around)];
    for (const factor of [1.01, 1 / 1.01])
      for (let next = lossAt(rate * factor); next < least; next = lossAt(rate * factor)) {
        rate *= factor;
        least = next;
      }
    return rate;
  };
}

/** X' X + lambda I [d][d] and X' y [d] of what a task shows. */
function normalEquations({ inputs, outputs }: Shown, lambda: number): { readonly S: number[][]; readonly b: number[] } {
  const d = inputs[0]!.length;
  const at = Array.from({ length: d }, (_, j) => j);
  return {
    S: at.map((j) => at.map((k) => inputs.reduce((sum, x) => sum + x[j]! * x[k]!, j === k ? lambda : 0))),
    b: at.map((j) => inputs.reduce((sum, x, i) => sum + x[j]! * outputs[i]!, 0)),
  };
}

/** Ridge regression: w = (X' X + lambda I)^-1 X' y, by elimination. With lambda = noise^2 / scale^2 nothing does better. */
export const ridge =
  (lambda: number): Method =>
  (task) => {
    const { S, b } = normalEquations(task, lambda);
    const rows = S.map((row, j) => [...row, b[j]!]); // positive definite: no pivots needed
    rows.forEach((pivot, j) => {
      for (const row of rows.slice(j + 1)) {
        const factor = row[j]! / pivot[j]!;
        for (let k = j; k < row.length; k++) row[k]! -= factor * pivot[k]!;
      }
    });
    const w = new Float64Array(b.length);
    for (let j = b.length - 1; j >= 0; j--) {
      const row = rows[j]!;
      w[j] = (row.at(-1)! - dot(row.slice(j + 1, -1), w.subarray(j + 1))) / row[j]!;
    }
    return w;
  };

/**
 * So many steps of Newton's iteration for the inverse of S = X' X + lambda I: A <- 2 A - A S A, from S / |S|^2; then w = A X' y
 * (Fu et al. 2023, section 3.3). It ends at ridge regression.
 */
export const newton =
  (lambda: number, steps: number): Method =>
  (task) => {
    const { S, b } = normalEquations(task, lambda);
    const norm = S.flat().reduce((sum, x) => sum + x * x, 0);
    let A = S.map((row) => row.map((x) => x / norm));
    for (let step = 0; step < steps; step++) {
      const ASA = times(A, times(S, A));
      A = A.map((row, j) => row.map((x, k) => 2 * x - ASA[j]![k]!));
    }
    return Float64Array.from(A, (row) => dot(row, b));
  };

const times = (a: readonly number[][], b: readonly number[][]): number[][] =>
  a.map((row) => b[0]!.map((_, k) => row.reduce((sum, x, j) => sum + x * b[j]![k]!, 0)));

/** Knows a few tasks and no other: the mean of their weights, each by how likely it makes the examples (Raventos et al. 2023, eq. 3). */
export const memory =
  (known: readonly ArrayLike<number>[], noise: number): Method =>
  ({ inputs, outputs }) => {
    const costs = known.map(
      (w) => inputs.reduce((sum, x, i) => sum + (outputs[i]! - dot(w, x)) ** 2, 0) / (2 * noise ** 2),
    );
    const least = Math.min(...costs);
    const shares = costs.map((cost) => Math.exp(least - cost));
    const total = shares.reduce((sum, share) => sum + share, 0);
    return Float64Array.from(inputs[0]!, (_, j) => known.reduce((sum, w, t) => sum + (shares[t]! / total) * w[j]!, 0));
  };
