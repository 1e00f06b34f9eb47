import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { initParameters, models } from '../../src/nn/models/index.ts';
import { languageModelInputs, languageModelLoss } from '../../src/nn/training/losses.ts';
import { startTraining, trainingParams } from '../../src/nn/training/loop.ts';
import { fixedSource } from '../nn/training/small.ts';

interface Held {
  readonly numTensors: number;
  readonly numBytes: number;
}

const held = (): Held => {
  const { numTensors, numBytes } = tf.memory();
  return { numTensors, numBytes };
};

const model = models.gpt2.create(models.gpt2.params.parse({ nLayer: 1, nHead: 1, nEmbd: 4, nPositions: 4 }), 8);
const batch = languageModelInputs({
  tokens: Int32Array.of(1, 2, 3),
  targets: Int32Array.of(2, 3, 4),
  weights: Float32Array.of(0, 1, 1),
  ...{ B: 1, T: 3 },
});

/** What tfjs holds before a training run of a tiny model, after each step of it, and after it was disposed of. */
export async function trainingLeak(
  engine: Engine,
  steps: number,
): Promise<{ before: Held; during: Held[]; after: Held }> {
  const before = held();
  const training = startTraining({
    ...{ engine, model, loss: languageModelLoss, parameters: initParameters(model, createRng(1)) },
    batches: fixedSource([batch]),
    options: trainingParams.parse({ steps, accumulate: 2, schedule: { kind: 'constant', warmupSteps: 0 } }),
  });
  const during: Held[] = [];
  await training.advance(steps, () => void during.push(held()));
  await training.snapshot();
  training.dispose();
  return { before, during, after: held() };
}
