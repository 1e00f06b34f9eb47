import { createBatches } from '../../../src/world/scenario/batches.ts';
import type { EncodedExample } from '../../../src/world/scenario/types.ts';
import type { Engine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters, models } from '../../../src/nn/models/index.ts';
import type { Parameters } from '../../../src/nn/models/index.ts';
import { languageModelInputs, languageModelLoss, languageModelSource } from '../../../src/nn/training/losses.ts';
import type { InputSource, Loss, LossInputs } from '../../../src/nn/training/losses.ts';
import { startTraining, trainingParams } from '../../../src/nn/training/loop.ts';
import type { StepReport, Training, TrainingStart } from '../../../src/nn/training/loop.ts';
import type { Episode } from '../../../src/nn/training/rl/types.ts';

export const V = 40;
export const T = 16;
export const model = models.gpt2.create(
  models.gpt2.params.parse({ nLayer: 2, nHead: 2, nEmbd: 16, nPositions: 32 }),
  V,
);

/** At init, but with no bias left at 0 and no gain at 1, so that everything takes part. */
export const parameters: Parameters = Object.fromEntries(
  Object.entries(initParameters(model, createRng(1))).map(([name, { shape, data }]) => {
    const rng = createRng(`shake ${name}`);
    return [name, { shape, data: data.map((x) => x + 0.05 * rng.normal()) }];
  }),
);

/** Conversations of random tokens; prompts of 2 to 9 tokens, so that rows bear different numbers of loss tokens. */
export function conversations(count: number, length?: number): EncodedExample[] {
  const rng = createRng('conversations');
  return Array.from({ length: count }, () => ({
    ids: Array.from({ length: length ?? 8 + rng.int(16) }, () => rng.int(V)),
    promptLength: 2 + rng.int(5),
  }));
}

/** Rows of T tokens as one batch. */
export function batchOf(examples: readonly EncodedExample[]): LossInputs {
  const B = examples.length;
  const weights = new Float32Array(B * T);
  examples.forEach(({ promptLength }, b) => weights.fill(1, b * T + promptLength - 1, (b + 1) * T));
  return languageModelInputs({
    tokens: Int32Array.from(examples.flatMap(({ ids }) => ids.slice(0, T))),
    targets: Int32Array.from(examples.flatMap(({ ids }) => ids.slice(1, T + 1))),
    weights,
    B,
    T,
  });
}

/** The same batches over and over. */
export function fixedSource(batches: readonly LossInputs[]): InputSource {
  let at = 0;
  return {
    next: () => batches[at++ % batches.length]!,
    state: () => ({ at }),
    restore: (state) => {
      at = (state as { at: number }).at;
    },
  };
}

export const shuffledSource = (batchSize: number): InputSource =>
  languageModelSource(createBatches(conversations(40), { batchSize, nPositions: 32, rng: createRng('order') }));

interface Run {
  readonly engine: Engine;
  readonly batches: InputSource;
  readonly loss?: Loss;
  /** Of the stage, beyond no warmup and a constant rate. */
  readonly options?: Record<string, unknown>;
  readonly resume?: TrainingStart['resume'];
}

export const start = ({ engine, batches, loss = languageModelLoss, options = {}, resume }: Run): Training =>
  startTraining({
    engine,
    model,
    parameters,
    loss,
    batches,
    options: trainingParams.parse({ steps: 100, schedule: { kind: 'constant', warmupSteps: 0 }, ...options }),
    resume,
  });

export async function reports(training: Training, until: number): Promise<StepReport[]> {
  const seen: StepReport[] = [];
  await training.advance(until, (report) => void seen.push(report));
  return seen;
}

export const log = (...p: number[]): number[] => p.map(Math.log);

export const episode = (ids: number[], promptLength: number, rest: Partial<Episode> = {}): Episode => {
  const zeros = Array<number>(ids.length - promptLength).fill(0);
  return { ids, promptLength, reward: 0, logProbs: zeros, referenceLogProbs: zeros, values: zeros, ...rest };
};

// Two completions of the table model: after [0], "1 0" with probabilities 3/4 and 3/5; after [1], "1" with 2/5.
// When they were sampled, they had 1/2, 3/10 and 4/5: the ratios are 1.5, 2 and 0.5, of the whole completions 3 and 0.5.
export const said = [episode([0, 1, 0], 1, { logProbs: log(0.5, 0.3) }), episode([1, 1], 1, { logProbs: log(0.8) })];
