import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Engine, State } from '../engine/index.ts';
import { once } from '../lib/once.ts';
import { createRng } from '../lib/rng.ts';
import type { Rng } from '../lib/rng.ts';
import { generate } from '../nn/models/generate.ts';
import { initParameters, models, parameterTensorSpecs } from '../nn/models/index.ts';
import type { Parameters } from '../nn/models/index.ts';
import { languageModelLoss } from '../nn/training/losses.ts';
import { startTraining, trainingParams } from '../nn/training/loop.ts';
import type { Training } from '../nn/training/loop.ts';
import { freshBatches } from './fresh.ts';
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

/** Of texts of equal length: the residual stream after the middle block, all of a text's tokens in a row, and the token that comes next where the stream is moved by `by`. */
export type Inside = (texts: readonly (readonly number[])[], by?: readonly Float32Array[]) => Promise<{ streams: Float32Array[]; next: number[] }>; // prettier-ignore

/** Texts that a program looks into together. */
const ROWS = 64;

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
    inside: (engine, state) => async (texts, by) => {
      const gpt = model();
      const T = texts[0]!.length;
      const [width, at] = [T * gpt.width, `blocks.${Math.floor((gpt.nLayer - 1) / 2)}.hook_resid_post`];
      const program = await engine.compile(
        `inside ${T} ${gpt.key}`,
        (parameters, { tokens, moved }) => {
          let stream: Tensor | undefined;
          const { hidden } = gpt.forward(parameters, { tokens: tokens! }, (name, activation) => {
            if (name !== at) return activation;
            stream = activation;
            return tf.add(activation, tf.reshape(moved!, [ROWS * T, gpt.width]));
          });
          const last = tf.slice(tf.reshape(hidden, [ROWS, T, gpt.width]), [0, T - 1, 0], [ROWS, 1, gpt.width]);
          const next = tf.argMax(gpt.logits(parameters, tf.reshape(last, [ROWS, gpt.width])), 1);
          return { outputs: { next, stream: tf.reshape(stream!, [ROWS, width]) } };
        },
        {
          state: parameterTensorSpecs(gpt),
          inputs: { tokens: { shape: [ROWS, T], dtype: 'int32' }, moved: { shape: [ROWS, width], dtype: 'float32' } },
        },
      );
      const streams: Float32Array[] = [];
      const next: number[] = [];
      for (let from = 0; from < texts.length; from += ROWS) {
        const some = texts.slice(from, from + ROWS);
        const moved = new Float32Array(ROWS * width);
        by?.slice(from, from + ROWS).forEach((one, row) => moved.set(one, row * width));
        const tokens = Int32Array.from({ length: ROWS * T }, (_, i) => some.flat()[i] ?? 0);
        const found = await program.run(state, { tokens, moved });
        some.forEach((_, row) => {
          streams.push(Float32Array.from(found.stream!.slice(row * width, (row + 1) * width)));
          next.push(found.next![row]!);
        });
      }
      return { streams, next };
    },
    speaker: (engine, state) => (texts) =>
      generate({ engine, state, model: model() }, texts, { maxNewTokens: turn, stopId: end, rng: createRng(0), temperature: 0 }), // prettier-ignore
  };
}
