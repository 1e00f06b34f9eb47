import { readFileSync } from 'node:fs';
import type { Engine } from '../../src/engine/index.ts';
import type { Parameters } from '../../src/nn/models/index.ts';
import { startTraining, trainingParams } from '../../src/nn/training/loop.ts';
import { createRng } from '../../src/lib/rng.ts';
import { freshTasks, squaredError } from '../../src/organisms/regression/learner.ts';
import type { Learner } from '../../src/organisms/regression/learner.ts';
import type { Task } from '../../src/organisms/regression/tasks.ts';
import { maxDifference } from '../golden/read.ts';

type Numbers = Readonly<Record<string, number[]>>;
interface Trained {
  readonly weights: Numbers;
  readonly gradients: Numbers;
  readonly predictions: number[];
  readonly loss: number;
}

/** What scripts/golden/regression.py wrote. */
interface Golden {
  readonly sizes: { readonly B: number; readonly N: number; readonly d: number };
  readonly tasks: Readonly<Record<'inputs' | 'outputs' | 'queries' | 'answers', number[]>>;
  readonly attention: Trained & { readonly sensitivities: number[] };
  readonly transformer: Trained & {
    readonly sizes: Readonly<Record<'layers' | 'heads' | 'headSize', number>>;
    readonly queries: number[];
    readonly answers: number[];
  };
  readonly methods: {
    readonly lambda: number;
    readonly noise: number;
    readonly known: number[][];
    readonly ridge: number[];
    readonly 'newton 3': number[];
    readonly memory: number[];
  };
}
export const golden = JSON.parse(readFileSync(new URL('../golden/regression.json', import.meta.url), 'utf8')) as Golden;

/** Its tasks, with the queries [B * M * d] and answers [B * M] of one of the learners. */
export function goldenTasks({ queries, answers }: Pick<Golden['tasks'], 'queries' | 'answers'>): Task[] {
  const { B, N, d } = golden.sizes;
  const M = answers.length / B;
  const cut = (of: readonly number[], at: number, length: number): Float32Array =>
    Float32Array.from(of.slice(at * length, (at + 1) * length));
  return Array.from({ length: B }, (_, b) => ({
    weights: new Float32Array(d),
    inputs: Array.from({ length: N }, (__, i) => cut(golden.tasks.inputs, b * N + i, d)),
    outputs: cut(golden.tasks.outputs, b, N),
    queries: Array.from({ length: M }, (__, m) => cut(queries, b * M + m, d)),
    answers: cut(answers, b, M),
  }));
}

/** Its weights, in the shapes that the learner has. */
export const goldenParameters = ({ parameterSpecs }: Learner, weights: Numbers): Parameters =>
  Object.fromEntries(
    Object.entries(parameterSpecs).map(([name, { shape }]) => [
      name,
      { shape, data: Float32Array.from(weights[name]!) },
    ]),
  );

export const relative = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  maxDifference(a, b) / Math.max(...Array.from(b, Math.abs));

/** The summed loss, and its gradients by what a step of plain SGD moves. */
export async function gradientsOf(engine: Engine, model: Learner, parameters: Parameters, tasks: readonly Task[]) {
  let [at, loss] = [0, 0];
  const weight = tasks.length * tasks[0]!.answers.length;
  const training = startTraining({
    ...{ engine, model, parameters, loss: squaredError },
    batches: freshTasks(() => tasks[at++]!, tasks.length, createRng(1)),
    options: trainingParams.parse({
      ...{ steps: 1, lr: 1e-3, clipNorm: 0, schedule: { warmupSteps: 1 } },
      optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 },
    }),
  });
  await training.advance(1, (report) => void (loss = report.loss * weight));
  const after = await training.parameters();
  training.dispose();
  const gradients = Object.entries(after).map(
    ([name, { data }]) => [name, data.map((x, i) => ((parameters[name]!.data[i]! - x) * weight) / 1e-3)] as const,
  );
  return { loss, gradients: Object.fromEntries(gradients) };
}
