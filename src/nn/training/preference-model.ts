import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { createEpochs } from '../../world/scenario/batches.ts';
import { crossEntropy } from '../../engine/ops.ts';
import type { Engine, Specs, State, Values } from '../../engine/index.ts';
import type { Rng } from '../../lib/rng.ts';
import { parameterTensorSpecs } from '../models/index.ts';
import type { Model } from '../models/index.ts';
import type { InputSource, Loss } from './losses.ts';
import { headOutput, withHead } from './scalar-head.ts';

/** Where a preference model's scalar is. */
export const SCORE_HEAD = 'score';

/** Two replies to one prompt as ids of the whole conversations, end of turn included, the better one first. */
export interface ComparedPair {
  readonly promptLength: number;
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
}

/**
 * Bradley-Terry on pairs, summed: -log sigmoid(s(chosen) - s(rejected)), s the scalar head on a conversation's final token
 * (Ouyang et al. 2022, eq. 1). Beside it, `languageCoef` times the mean cross-entropy of each chosen reply's tokens, without which the
 * model forgets what it would answer itself, and with that what is wrong (Cobbe et al. 2021, section 4.2). Measures the share of
 * pairs that it has in the right order.
 */
export const bradleyTerryLoss = (languageCoef: number): Loss => ({
  key: `bradley-terry ${languageCoef}`,
  total(model, parameters, inputs, measure) {
    const { hidden } = model.forward(parameters, { tokens: inputs.tokens! });
    const scores = headOutput(parameters, SCORE_HEAD, tf.gather(hidden, inputs.last!)); // [2 B * T, C] -> [2 B]
    const [chosen, rejected] = tf.split(scores, 2) as [Tensor, Tensor];
    measure?.('accuracy', tf.sum(tf.cast(tf.greater(chosen, rejected), 'float32')));
    const preference = tf.sum(tf.softplus(tf.sub(rejected, chosen)));
    if (languageCoef === 0) return preference;
    const logits = model.logits(parameters, tf.gather(hidden, inputs.rows!)); // [2 B * T, C] -> [K, V]
    return tf.add(preference, tf.mul(crossEntropy(logits, inputs.targets!, inputs.weights!), languageCoef));
  },
});

const BUCKET = 8;

/**
 * Conversations padded on the right, [B, T], and the row of each one's final token among B * T. One that is longer than the
 * context keeps its beginning and its final token.
 */
function lastRows(
  texts: readonly (readonly number[])[],
  nPositions: number,
): { readonly T: number; readonly specs: Specs; readonly values: Values } {
  const fitting = texts.map((ids) => (ids.length <= nPositions ? ids : [...ids.slice(0, nPositions - 1), ids.at(-1)!]));
  const [B, longest] = [texts.length, Math.max(...fitting.map((ids) => ids.length))];
  const T = Math.min(Math.ceil(longest / BUCKET) * BUCKET, nPositions);
  const tokens = new Int32Array(B * T);
  fitting.forEach((ids, b) => tokens.set(ids, b * T));
  return {
    T,
    specs: { tokens: { shape: [B, T], dtype: 'int32' }, last: { shape: [B], dtype: 'int32' } },
    values: { tokens, last: Int32Array.from(fitting, (ids, b) => b * T + ids.length - 1) },
  };
}

/** Rows of the logits are computed in multiples of this, so that few program shapes occur. */
const ROWS = 128;

/** Where the chosen replies, the first rows of a batch of length `T`, say their tokens, each reply of weight 1 in all; [K]. */
function chosenRows(pairs: readonly ComparedPair[], T: number): { readonly specs: Specs; readonly values: Values } {
  const said = pairs.flatMap(({ chosen, promptLength }, b) => {
    const end = Math.min(chosen.length, T);
    return Array.from({ length: Math.max(0, end - promptLength) }, (_, i) => ({
      row: b * T + promptLength + i - 1,
      target: chosen[promptLength + i]!,
      weight: 1 / (end - promptLength),
    }));
  });
  const K = Math.ceil(said.length / ROWS) * ROWS;
  const [rows, targets, weights] = [new Int32Array(K), new Int32Array(K), new Float32Array(K)];
  said.forEach(({ row, target, weight }, k) => ([rows[k], targets[k], weights[k]] = [row, target, weight]));
  const int32 = { shape: [K], dtype: 'int32' } as const;
  return {
    specs: { rows: int32, targets: int32, weights: { shape: [K], dtype: 'float32' } },
    values: { rows, targets, weights },
  };
}

/** Batches of pairs of similar length: the chosen conversations, then the rejected ones. Its weight is the number of pairs. */
export function pairSource(
  pairs: readonly ComparedPair[],
  { batchSize, nPositions, rng }: { readonly batchSize: number; readonly nPositions: number; readonly rng: Rng },
): InputSource {
  const lengthOf = ({ chosen, rejected }: ComparedPair): number => Math.max(chosen.length, rejected.length);
  const epochs = createEpochs(pairs, { batchSize, rng, lengthOf });
  return {
    ...epochs,
    next() {
      const batch = epochs.next();
      const texts = [...batch.map(({ chosen }) => chosen), ...batch.map(({ rejected }) => rejected)];
      const { T, specs, values } = lastRows(texts, nPositions);
      const chosen = chosenRows(batch, T);
      return {
        specs: { ...specs, ...chosen.specs },
        values: { ...values, ...chosen.values },
        weight: batch.length,
        tokens: values.tokens!.length,
      };
    },
  };
}

/** Conversations that are scored together. */
const BATCH = 64;

/** What a preference model of the architecture `model`, its parameters in `state`, thinks of each conversation, in log-odds. */
export async function scoreTexts(
  { engine, model, state }: { readonly engine: Engine; readonly model: Model; readonly state: State },
  texts: readonly (readonly number[])[],
): Promise<number[]> {
  const headed = withHead(model, SCORE_HEAD);
  const order = [...texts.keys()].sort((a, b) => texts[a]!.length - texts[b]!.length || a - b);
  const scores: number[] = Array(texts.length);
  for (let start = 0; start < order.length; start += BATCH) {
    const rows = order.slice(start, start + BATCH);
    const padding = texts.length > BATCH ? BATCH - rows.length : 0;
    const batch = [...rows.map((row) => texts[row]!), ...Array<readonly number[]>(padding).fill([0])];
    const { specs, values } = lastRows(batch, model.nPositions);
    const program = await engine.compile(
      `preference ${headed.key}`,
      (parameters, inputs) => {
        const { hidden } = headed.forward(parameters, { tokens: inputs.tokens! });
        return { outputs: { scores: headOutput(parameters, SCORE_HEAD, tf.gather(hidden, inputs.last!)) } };
      },
      { state: parameterTensorSpecs(headed), inputs: specs },
    );
    const outputs = await program.run(state, values);
    rows.forEach((row, b) => (scores[row] = outputs.scores![b]!));
  }
  return scores;
}
