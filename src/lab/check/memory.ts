import { sizeOf } from '../../engine/index.ts';
import type { Specs } from '../../engine/index.ts';
import { GENERATION_BATCH } from '../../nn/models/generate.ts';
import { cacheBytes } from '../../nn/models/generation-programs.ts';
import { parameterTensorSpecs, trainableSpecs } from '../../nn/models/index.ts';
import type { Model } from '../../nn/models/index.ts';
import { SCORING_BATCH } from '../../nn/models/score.ts';
import { createOptimizer } from '../../nn/training/optimizers/index.ts';
import type { OptimizerChoice } from '../../nn/training/optimizers/index.ts';

/** What a training step is taken on. */
export interface StepSize {
  /** With its adapter, where it has one. */
  readonly model: Model;
  readonly optimizer: OptimizerChoice;
  /** Rows and length of a micro-batch. */
  readonly B: number;
  readonly T: number;
  readonly accumulate: number;
}

const BYTES = 4;
/** Of each updated tensor: its value, and where its next one is written. */
const SIDES = 2;
/** A gradient, and the same after clipping. */
const GRADIENTS = 2;
/** Logits, log-probabilities, and what their gradient goes through. */
const LOGITS = 3;
/** The allocator holds more than is in use: what an update of all weights takes, over what is counted here; measured. */
const UPDATE_SHARE = 1.4;
/** Not all activations and logits are alive at once: the largest part that is; measured. */
const ACTIVATION_SHARE = 0.85;

const floats = (specs: Specs): number => Object.values(specs).reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** Twice in 8 bits, as they lie and turned, beside the floats. */
const QUANTIZED_BYTES = 2;
const weightBytes = (model: Model): number => {
  const specs = parameterTensorSpecs(model);
  const inBits = Object.entries(specs).filter(([, { quantized }]) => quantized);
  return BYTES * floats(specs) + QUANTIZED_BYTES * floats(Object.fromEntries(inBits));
};

/** What training holds between its steps: the weights that it began with, and everything that is updated, twice. */
export function heldBytes({ model, optimizer, accumulate }: Omit<StepSize, 'B' | 'T'>): number {
  const trained = floats(trainableSpecs(model));
  const slots = floats(createOptimizer(optimizer).init(trainableSpecs(model)));
  const sums = accumulate > 1 ? trained : 0;
  return weightBytes(model) + BYTES * SIDES * (trained + slots + sums);
}

/**
 * Peak of a training step, the process itself left out: what is held, gradients, activations kept for the backward pass (about
 * 16 values a channel, Korthikanti et al. 2022, and the attention pattern), and the logits. Its two shares are fitted to the
 * resident memory of steps of 1M to 124M parameters (test/check/memory.test.ts has them).
 */
export function trainingBytes(step: StepSize): number {
  const { model, B, T } = step;
  const { nLayer, nHead, width, vocabSize } = model;
  const activations = B * T * (16 * width + 2 * nHead * T) * nLayer;
  const weights = weightBytes(model);
  const updated = heldBytes(step) - weights + BYTES * GRADIENTS * floats(trainableSpecs(model));
  const passing = activations + LOGITS * B * T * vocabSize;
  return weights + UPDATE_SHARE * updated + ACTIVATION_SHARE * BYTES * passing;
}

/** Keys and values as a decoding step has them: in the engine, and handed over. */
const CACHE_COPIES = 2;
/** Logits and log-probabilities of texts that are scored. */
const SCORED = 2;

/**
 * Peak of an evaluation beside the weights, for texts of at most T tokens: reading a batch of prompts (about 8 values a channel at a
 * time, and three of each attention score) into a cache, or scoring a batch of texts, which takes the logits of every token.
 */
export function evaluationBytes(model: Model, T: number): number {
  const { nHead, width, vocabSize } = model;
  const reading = GENERATION_BATCH * T * (8 * width + 3 * nHead * T);
  const scoring = SCORING_BATCH * T * (SCORED * vocabSize + 8 * width);
  return Math.max(BYTES * reading + CACHE_COPIES * cacheBytes(model, GENERATION_BATCH, T), BYTES * scoring);
}
