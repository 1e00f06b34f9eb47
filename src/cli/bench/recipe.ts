import type { Model } from '../../nn/models/index.ts';
import { loraParams, withAdapter } from '../../nn/models/lora.ts';
import type { LoraOptions } from '../../nn/models/lora.ts';
import { trainingParams } from '../../nn/training/loop.ts';
import type { TrainingOptions } from '../../nn/training/loop.ts';
import type { Size } from './sizes.ts';

/** How a step is taken, where not as the reference's: B sequences at once, all weights trained. */
export interface Recipe {
  /** Micro-batches of a step. */
  readonly accumulate?: number;
  /** Rank of adapters on all linear maps; the rest is frozen. */
  readonly lora?: number;
  /** How those maps are read. */
  readonly frozen?: LoraOptions['frozen'];
}

/** The step of scripts/bench: AdamW, decay on matrices, gradients clipped to norm 1, one learning rate. */
export const optionsOf = ({ B }: Pick<Size, 'B'>, { accumulate = 1 }: Recipe = {}): TrainingOptions =>
  trainingParams.parse({
    steps: 1_000_000,
    batchSize: B,
    accumulate,
    lr: 3e-4,
    schedule: { kind: 'constant', warmupSteps: 0 },
    optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
    clipNorm: 1,
  });

/** The model as it is trained. */
export const adapted = (model: Model, { lora, frozen }: Recipe): Model =>
  lora === undefined ? model : withAdapter(model, loraParams.parse({ rank: lora, frozen }));

/** Forward passes that a step costs: a backward one is two, or one where weights have no gradient. */
export const passesOf = ({ lora }: Recipe): number => (lora === undefined ? 3 : 2);
