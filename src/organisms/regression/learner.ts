import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import type { Engine, Specs, State, Tensors, Values } from '../../engine/index.ts';
import type { Rng } from '../../lib/rng.ts';
import { parameterTensorSpecs } from '../../nn/models/index.ts';
import type { ParameterTensors, Trainable } from '../../nn/models/index.ts';
import type { InputSource, Loss } from '../../nn/training/losses.ts';
import { freshBatches } from '../fresh.ts';
import type { Task } from './tasks.ts';

/**
 * A network that reads a task's examples and answers its query: a learner whose learning is its forward pass.
 *
 * Legend: B tasks, N examples, M queries, d dimension.
 */
export interface Learner extends Trainable {
  /** examples [B, N, d + 1], each x and then y; queries [B, M, d] -> answers [B, M]. No query knows of another. */
  predict(parameters: ParameterTensors, examples: Tensor, queries: Tensor): Tensor;
}

const sizesOf = (tasks: readonly Task[]) => {
  const { inputs, queries } = tasks[0]!;
  return { B: tasks.length, N: inputs.length, M: queries.length, d: queries[0]!.length };
};

/** Tasks as programs read them. */
function batchOf(tasks: readonly Task[]): { readonly specs: Specs; readonly values: Values } {
  const { B, N, M, d } = sizesOf(tasks);
  const examples = new Float32Array(B * N * (d + 1));
  const queries = new Float32Array(B * M * d);
  tasks.forEach(({ inputs, outputs, ...task }, b) => {
    task.queries.forEach((query, m) => queries.set(query, (b * M + m) * d));
    inputs.forEach((x, i) => {
      const at = (b * N + i) * (d + 1);
      examples.set(x, at);
      examples[at + d] = outputs[i]!;
    });
  });
  return {
    specs: { examples: float([B, N, d + 1]), queries: float([B, M, d]) },
    values: { examples, queries },
  };
}
const float = (shape: readonly number[]) => ({ shape, dtype: 'float32' }) as const;

/** Half the squared error, summed over queries. */
export const squaredError: Loss<Learner> = {
  key: 'squared-error',
  total: (model, parameters, { examples, queries, answers }) =>
    tf.mul(tf.sum(tf.square(tf.sub(model.predict(parameters, examples!, queries!), answers!))), 0.5),
};

/** Fresh tasks for every step. */
export const freshTasks = (draw: (rng: Rng) => Task, batchSize: number, rng: Rng): InputSource =>
  freshBatches((own) => {
    const tasks = Array.from({ length: batchSize }, () => draw(own));
    const { specs, values } = batchOf(tasks);
    const { N, M } = sizesOf(tasks);
    const answers = Float32Array.from(tasks.flatMap((task) => [...task.answers]));
    return {
      specs: { ...specs, answers: float([batchSize, M]) },
      values: { ...values, answers },
      weight: batchSize * M,
      tokens: batchSize * (N + M),
    };
  }, rng);

/** What a learner says of each query, task by task, and how that would change with the query. */
export interface Answers {
  /** [B * M]. */
  readonly predictions: Float32Array;
  /** The gradient of each prediction by its query [B * M][d]: of a linear method, its weights. */
  readonly sensitivities: readonly Float32Array[];
}

export async function ask(engine: Engine, learner: Learner, state: State, tasks: readonly Task[]): Promise<Answers> {
  const { specs, values } = batchOf(tasks);
  const read = (parameters: Tensors, { examples, queries }: Tensors): { outputs: Tensors } => {
    const predict = (at: Tensor): Tensor => learner.predict(parameters, examples!, at);
    return {
      outputs: {
        predictions: predict(queries!),
        sensitivities: tf.grad((at) => tf.sum(predict(at)))(queries!),
      },
    };
  };
  const signature = { state: parameterTensorSpecs(learner), inputs: specs };
  const program = await engine.compile(`ask ${learner.key}`, read, signature);
  const { predictions, sensitivities } = (await program.run(state, values)) as Record<string, Float32Array>;
  const { B, M, d } = sizesOf(tasks);
  return {
    predictions: predictions!,
    sensitivities: Array.from({ length: B * M }, (_, i) => sensitivities!.subarray(i * d, (i + 1) * d)),
  };
}
