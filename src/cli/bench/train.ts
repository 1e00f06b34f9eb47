import { expectTensors, readSafetensors } from '../../nn/checkpoints/safetensors/index.ts';
import type { Engine } from '../../engine/index.ts';
import { createRng } from '../../lib/rng.ts';
import { initParameters, parameterCount } from '../../nn/models/index.ts';
import type { Model, Parameters } from '../../nn/models/index.ts';
import { startTraining } from '../../nn/training/loop.ts';
import type { TrainingStart } from '../../nn/training/loop.ts';
import { languageModelInputs, languageModelLoss } from '../../nn/training/losses.ts';
import type { LossInputs } from '../../nn/training/losses.ts';
import { peakRssBytes } from './memory.ts';
import { adapted, optionsOf, passesOf } from './recipe.ts';
import { modelOf } from './sizes.ts';
import type { Size } from './sizes.ts';
import { median, repeat, timeCompiling } from './timing.ts';
import type { Repeats } from './timing.ts';
import type { Note, TrainingResult, TrainingTask } from './types.ts';

/** A first step compiles, and plans its memory. */
export const WARMUP = 2;
export const LEAST_STEPS = 3;
const MOST_STEPS = 200;
/** How many losses are kept. */
const LOSSES = 20;

/** Tokens and targets that any program can make for itself; every target bears loss. */
export function referenceBatch({ vocabSize: V, B, T }: Pick<Size, 'vocabSize' | 'B' | 'T'>): LossInputs {
  const ids = (of: (i: number) => number): Int32Array => Int32Array.from({ length: B * T }, (_, i) => of(i) % V);
  const weights = new Float32Array(B * T).fill(1);
  return languageModelInputs({ tokens: ids((i) => i * 7919), targets: ids((i) => i * 104729 + 3), weights, B, T });
}

interface Steps extends Pick<TrainingStart, 'engine' | 'model' | 'options' | 'parameters'> {
  readonly batch: LossInputs;
}

/** Steps of the kit's own training loop on one batch, those that warm up apart: milliseconds of each, and every loss. */
export async function timeSteps(
  { batch, ...setup }: Steps,
  { warmup, ...repeats }: Repeats & { readonly warmup: number },
  note: Note = () => undefined,
): Promise<{ readonly times: number[]; readonly cpuMs: number; readonly losses: number[] }> {
  const batches = { next: () => batch, state: () => null, restore: () => undefined };
  const training = startTraining({ ...setup, loss: languageModelLoss, batches });
  const losses: number[] = [];
  const step = (): Promise<void> => training.advance(training.step + 1, ({ loss }) => void losses.push(loss));
  note('compiling');
  await repeat(step, { seconds: 0, least: warmup, most: warmup });
  note(`timing steps of ${setup.options.accumulate * batch.tokens} tokens`);
  const cpu = process.cpuUsage();
  const times = await repeat(step, repeats);
  const { user, system } = process.cpuUsage(cpu);
  training.dispose();
  return { times, cpuMs: (user + system) / 1000, losses };
}

/** Times optimizer steps of a size: forward, backward, clipping and AdamW. */
export async function timeTraining(engine: Engine, task: TrainingTask, note: Note): Promise<TrainingResult> {
  const importRssBytes = peakRssBytes();
  const { size, recipe = {}, warmup = WARMUP } = task;
  const plain = modelOf(size);
  const model = adapted(plain, recipe);
  const options = optionsOf(size, recipe);
  const timed = timeCompiling(engine);
  const batch = referenceBatch(size);
  const tokens = options.accumulate * batch.tokens;
  note('initial weights');
  const { seconds, steps: least = LEAST_STEPS, steps: most = MOST_STEPS } = task;
  const parameters = initialParameters(model, task.init);
  const steps = { engine: timed.engine, model, batch, options, parameters };
  const { times, cpuMs, losses } = await timeSteps(steps, { warmup, seconds, least, most }, note);
  const ms = median(times);
  return {
    parameters: parameterCount(plain),
    tokensPerStep: tokens,
    steps: times.length,
    warmup,
    msPerStep: { median: ms, min: Math.min(...times) },
    cpuMsPerStep: cpuMs / times.length,
    tokensPerSecond: (1000 * tokens) / ms,
    gflops: (passesOf(recipe) * options.accumulate * plain.forwardFlops(size.B, size.T)) / ms / 1e6,
    compileMs: timed.compileMs(),
    losses: losses.slice(0, LOSSES),
    peakRssBytes: peakRssBytes(),
    importRssBytes,
  };
}

function initialParameters(model: Model, file: string | undefined): Parameters {
  if (file === undefined) return initParameters(model, createRng(1));
  const parameters = readSafetensors(file);
  expectTensors(parameters, model.parameterSpecs, file);
  return parameters;
}
