import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/lib/rng.ts';
import { answersOf, distances, excess, implied, linearity, lossesOf } from '../../src/organisms/regression/compare.ts';
import {
  bestRate,
  gradientDescent,
  memory,
  newton,
  ridge,
  searchedRates,
} from '../../src/organisms/regression/references.ts';
import type { Method } from '../../src/organisms/regression/references.ts';
import { dot, drawTask, momentsOf, taskParams } from '../../src/organisms/regression/tasks.ts';
import type { Task, TaskLaw } from '../../src/organisms/regression/tasks.ts';
import { maxDifference } from '../golden/read.ts';
import { golden, goldenTasks } from './golden.ts';

const law = (settings: Partial<TaskLaw> = {}): TaskLaw =>
  taskParams().parse({ dimension: 3, examples: 4, ...settings });
const draw = (settings: Partial<TaskLaw>, seed = 1): Task => drawTask(law(settings), createRng(seed));
const task = (inputs: number[][], outputs: number[], query: number[], answer: number): Task => ({
  weights: new Float32Array(query.length),
  inputs: inputs.map((x) => Float32Array.from(x)),
  outputs: Float32Array.from(outputs),
  queries: [Float32Array.from(query)],
  answers: Float32Array.of(answer),
});

describe('tasks', () => {
  it('are linear, and the same under other scales', () => {
    const { weights, inputs, outputs, queries, answers } = draw({ queries: 2 });
    inputs.forEach((x, i) => expect(outputs[i]).toBe(Math.fround(dot(weights, x))));
    expect([...answers]).toEqual(queries.map((query) => Math.fround(dot(weights, query))));
    const scaled = draw({ queries: 2, inputRange: 2, taskScale: 4 });
    expect(scaled.inputs).toEqual(inputs.map((x) => x.map((value) => 2 * value)));
    expect([...scaled.outputs, ...scaled.answers]).toEqual([...outputs, ...answers].map((y) => 8 * y));
  });

  it('show noise in examples alone, and begin alike where more is shown', () => {
    const [plain, noisy, longer] = [draw({}), draw({ noise: 0.5 }), draw({ examples: 9 })];
    expect([noisy.inputs, noisy.answers]).toEqual([plain.inputs, plain.answers]);
    noisy.outputs.forEach((y, i) => expect(y).not.toBe(plain.outputs[i]));
    expect(longer.inputs.slice(0, 4)).toEqual(plain.inputs);
    expect(longer.inputs).toHaveLength(9);
  });

  it('have the moments that the best rate is computed from', () => {
    const tasks = Array.from({ length: 4000 }, (_, i) => draw({ inputRange: 2, noise: 0.5, taskScale: 3 }, i));
    const of = (values: readonly number[]): number => values.reduce((sum, x) => sum + x * x, 0) / values.length;
    expect(of(tasks.flatMap(({ inputs }) => inputs.flatMap((x) => [...x])))).toBeCloseTo(4 / 12, 2);
    expect(of(tasks.flatMap(({ weights }) => [...weights]))).toBeCloseTo(9, 0);
    const off = tasks.flatMap(({ weights, inputs, outputs }) => inputs.map((x, i) => outputs[i]! - dot(weights, x)));
    expect(of(off)).toBeCloseTo(0.25, 2);
  });
});

describe('one step of gradient descent', () => {
  /** Half its expected squared error at the best rate: t d s (1 - rate N s) / 2. */
  const bestLoss = (given: TaskLaw): number => {
    const { second: s } = momentsOf(given);
    return (given.taskScale ** 2 * given.dimension * s * (1 - bestRate(given) * given.examples * s)) / 2;
  };

  it('is what it is by hand', () => {
    const line = task([[1], [2]], [2, 4], [3], 6); // y = 2 x
    expect([...gradientDescent(0.1)(line)]).toEqual([1]); // .1 (2 1 + 4 2)
    expect(gradientDescent(0.1, 2)(line)[0]).toBeCloseTo(1.5, 12); // 1 + .1 (1 1 + 2 2)
    const plane = task([[1, 0], [1, 2]], [3, -1], [1, 1], 0); // prettier-ignore
    expect([...gradientDescent(0.5)(plane)]).toEqual([1, -1]); // .5 (3 (1, 0) - (1, 2))
    expect([...answersOf(gradientDescent(0.5), [plane]).predictions]).toEqual([0]);
  });

  it.each([
    law(),
    law({ inputs: 'normal', noise: 1, taskScale: 2 }),
    law({ dimension: 10, examples: 6, inputRange: 3, noise: 0.5 }),
  ])('has the rate that a search finds, and the loss, %#', (given) => {
    const tasks = Array.from({ length: 8000 }, (_, i) => drawTask(given, createRng(`search ${i}`)));
    const { predictions } = answersOf(gradientDescent(1), tasks);
    const sum = (of: (i: number) => number): number => tasks.reduce((total, _, i) => total + of(i), 0);
    const searched = sum((i) => predictions[i]! * tasks[i]!.answers[0]!) / sum((i) => predictions[i]! ** 2);
    expect(bestRate(given) / searched).toBeCloseTo(1, 1);
    const losses = lossesOf(answersOf(gradientDescent(bestRate(given)), tasks), tasks);
    expect(losses.reduce((a, b) => a + b) / tasks.length / bestLoss(given)).toBeCloseTo(1, 1);
  });

  it('is as well known as in von Oswald et al.: ten inputs from -.5 to .5, ten examples', () => {
    const given = law({ dimension: 10, examples: 10 });
    expect(bestRate(given)).toBeCloseTo(1 / 12 / (1 / 80 + 18 / 144), 12);
    expect(bestLoss(given)).toBeCloseTo(0.2062, 4);
  });
});

describe('the other methods', () => {
  const { lambda, noise, known, ...methods } = golden.methods;
  const tasks = goldenTasks(golden.tasks);
  const found = (method: Method): number[] => tasks.flatMap((one) => [...method(one)]);
  it.each([
    ['ridge', ridge(lambda)],
    ['newton 3', newton(lambda, 3)],
    ['memory', memory(known, noise)],
  ] as const)('%s gives what numpy gives', (name, method) =>
    expect(maxDifference(found(method), methods[name])).toBeLessThan(1e-12),
  );

  it('end at ridge regression, by Newton’s way and by descent', () => {
    expect(maxDifference(found(newton(lambda, 30)), methods.ridge)).toBeLessThan(1e-9);
    expect(maxDifference(found(gradientDescent(0.02, 20_000)), found(ridge(0)))).toBeLessThan(1e-6);
  });

  it('so many steps of descent have the rate of least loss', () => {
    const given = law({ inputs: 'normal', noise: 0.5 });
    const drawn = Array.from({ length: 300 }, (_, i) => drawTask(given, createRng(`rate ${i}`)));
    const lossAt = (rate: number): number => lossesOf(answersOf(gradientDescent(rate, 3), drawn), drawn).reduce((a, b) => a + b); // prettier-ignore
    const rate = searchedRates(drawn, 5, 3 * bestRate(given))(3);
    expect(rate / searchedRates(drawn, 3, bestRate(given) / 3)(3)).toBeCloseTo(1, 1);
    for (const other of [0.5, 0.97, 1.03, 2]) expect(lossAt(rate * other)).toBeGreaterThan(lossAt(rate));
  });
});

describe('comparing', () => {
  it('takes the excess of a ratio of means, with its interval', () => {
    const same = excess([2, 4], [1, 2]); // twice as much on each: no doubt about it
    expect(same).toEqual({ value: 1, n: 2, low: 1, high: 1 });
    const unlike = excess([1, 3], [1, 1]);
    expect(unlike.value).toBe(1);
    expect(unlike.high).toBeCloseTo(1 + 12.706, 3); // t of one degree of freedom times 1
    expect(unlike.low).toBeCloseTo(1 - 12.706, 3);
  });

  it('finds the linear function behind answers, and how little else there is', () => {
    const tasks = Array.from({ length: 50 }, (_, i) => draw({ queries: 12 }, i));
    const exact = answersOf(gradientDescent(0.1), tasks);
    implied(exact, tasks).forEach((w, b) => expect(maxDifference(w, exact.sensitivities[b * 12]!)).toBeLessThan(1e-4));
    expect(linearity(exact, tasks).value).toBeCloseTo(1, 6);
    const bent = { ...exact, predictions: exact.predictions.map((x, i) => x * (i % 2 === 0 ? 1 : -1)) };
    expect(linearity(bent, tasks).value).toBeLessThan(0.2);
    // two queries at 1: answers 1 and 1 are linear; of 1 and -1 nothing is, twice counted for the weight that was free
    const [even, odd] = [0, 1].map(() => ({ ...task([[1]], [1], [1], 1), queries: [1, 1].map((x) => Float32Array.of(x)) })); // prettier-ignore
    const own = { predictions: Float32Array.of(1, 1, 1, -1), sensitivities: [] };
    const { value, low, high } = linearity(own, [even!, odd!]);
    expect([value, low, high].map((x) => x.toFixed(3)).join()).toMatch(/^-?0\.000,-12\.706,12\.706$/);
  });

  it('measures cosine, length and answers by the task', () => {
    const of = (sensitivities: number[][], predictions: number[]) => ({
      sensitivities: sensitivities.map((x) => Float32Array.from(x)),
      predictions: Float32Array.from(predictions),
    });
    const [a, b] = [of([[3, 4], [1, 0], [0, 0], [2, 0]], [1, 2, 3, 4]), of([[6, 8], [0, 2], [1, 0], [4, 0]], [1, 5, 1, 4])]; // prettier-ignore
    const asked = (...counts: number[]) => counts.map((M) => ({ queries: Array.from({ length: M }, () => new Float32Array(2)) })); // prettier-ignore
    const found = distances(a, b, asked(1, 1, 1, 1));
    expect(found.cosine).toEqual([1, 0, 0, 1]);
    expect(found.sensitivity).toEqual([5, Math.sqrt(5), 1, 2]);
    expect(found.prediction).toEqual([0, 3, 2, 0]);
    expect(distances(a, b, asked(2, 2))).toMatchObject({ cosine: [0.5, 0.5], prediction: [1.5, 1] });
  });
});
