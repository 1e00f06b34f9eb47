import { z } from 'zod';
import type { Engine, State } from '../engine/index.ts';
import { once } from '../lib/once.ts';
import { createRng } from '../lib/rng.ts';
import type { Rng } from '../lib/rng.ts';
import { generate } from '../nn/models/generate.ts';
import { initParameters, models } from '../nn/models/index.ts';
import type { Parameters } from '../nn/models/index.ts';
import { languageModelLoss } from '../nn/training/losses.ts';
import { startTraining, trainingParams } from '../nn/training/loop.ts';
import type { Training } from '../nn/training/loop.ts';
import { freshBatches } from './fresh.ts';
import { insideOf } from './inside.ts';
import type { Inside } from './inside.ts';
import { rowsOf } from './rows.ts';
import type { Said } from './rows.ts';
import type { RecipeContext } from './types.ts';

/** Settings of an organism that speaks: the last of its own. */
export const smallGptParams = {
  lr: trainingParams.shape.lr.unwrap().default(3e-3).describe('peak learning rate'),
  nLayer: z.int().positive().default(2).describe('transformer blocks'),
  nEmbd: z.int().positive().multipleOf(4).default(64).describe('width of the residual stream, of four heads'),
};

/** Tokens of its own small language. */
export interface Language {
  readonly vocabulary: number;
  /** Tokens of the longest text. */
  readonly positions: number;
  /** The token that ends a turn. */
  readonly end: number;
  /** Tokens of a turn, at most. */
  readonly turn: number;
}

/** What a model says next, to each of so many texts. */
export type Speaker = (texts: readonly (readonly number[])[]) => Promise<readonly (readonly number[])[]>;

/** A GPT-2 from nothing, for an organism that speaks a language of its own. */
export interface SmallGpt {
  initial(rng: Rng): Parameters;
  /** Training on texts of which `draw` brings a batch for each step; its learning rate falls to 0. */
  train(start: RecipeContext, options: object, draw: (rng: Rng, step: number) => readonly (readonly Said[])[]): Training; // prettier-ignore
  /** Greedily: to equal texts it says the same. */
  speaker(engine: Engine, state: State): Speaker;
  /** The residual stream in the middle of it, read and moved. */
  inside(engine: Engine, state: State): Inside;
}

export function smallGpt(
  { nLayer, nEmbd }: { readonly nLayer: number; readonly nEmbd: number },
  { vocabulary, positions, end, turn }: Language,
): SmallGpt {
  const model = once(() => {
    const sizes = models.gpt2.params.parse({ nLayer, nEmbd, nPositions: positions });
    return models.gpt2.create(sizes, vocabulary);
  });
  return {
    initial: (rng) => initParameters(model(), rng),
    train: ({ engine, rng, parameters, resume }, options, draw) =>
      startTraining({
        ...{ engine, parameters, resume, model: model(), loss: languageModelLoss },
        batches: freshBatches((own, step) => rowsOf(draw(own, step), positions), rng),
        options: trainingParams.parse({ ...options, schedule: { finalRatio: 0 } }),
      }),
    inside: (engine, state) => insideOf(model(), engine, state),
    speaker: (engine, state) => (texts) =>
      generate({ engine, state, model: model() }, texts, { maxNewTokens: turn, stopId: end, rng: createRng(0), temperature: 0 }), // prettier-ignore
  };
}
