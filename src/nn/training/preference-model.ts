import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { createEpochs } from '../../world/scenario/batches.ts';
import type { EncodedExample } from '../../world/scenario/types.ts';
import { targetLogProbs } from '../../engine/ops.ts';
import type { Engine, Specs, State, Tensors, Values } from '../../engine/index.ts';
import type { Rng } from '../../lib/rng.ts';
import { parameterTensorSpecs } from '../models/index.ts';
import type { Model, ParameterTensors } from '../models/index.ts';
import type { InputSource, Loss } from './losses.ts';
import { headOutput, withHead } from './scalar-head.ts';

/** Where a preference model's scalar is. */
export const SCORE_HEAD = 'score';

/** A conversation as ids, end of turn included, and where its reply begins. */
export type JudgedText = Pick<EncodedExample, 'ids' | 'promptLength'>;

/** Two replies to one prompt, the better one first. */
export interface ComparedPair {
  readonly chosen: JudgedText;
  readonly rejected: JudgedText;
}

/** What a nat a token that the model itself takes a reply for likelier is worth beside what its head says of it. */
const LIKELIHOOD = 4;

/**
 * What the model makes of B texts, [B] each: `language`, the mean log-probability of the reply's tokens as its own, and `scores`,
 * the scalar head on the final token plus `LIKELIHOOD` times that. A head alone would have to find out in the same few layers what
 * the answer is and whether it was given; of four layers it hardly learned to.
 */
function readTexts(
  model: Model,
  parameters: ParameterTensors,
  { tokens, last, rows, targets, shares }: Tensors,
): Readonly<Record<'scores' | 'language', Tensor>> {
  const { hidden } = model.forward(parameters, { tokens: tokens! });
  const head = headOutput(parameters, SCORE_HEAD, tf.gather(hidden, last!)); // [B * T, C] -> [B]
  const said = targetLogProbs(model.logits(parameters, tf.gather(hidden, rows!)), targets!); // [B * T, C] -> [K, V] -> [K]
  const language = tf.reshape(tf.matMul(shares!, tf.reshape(said, [-1, 1])), [-1]); // [B, K] x [K, 1] -> [B]
  return { scores: tf.add(head, tf.mul(language, LIKELIHOOD)), language };
}

/**
 * Bradley-Terry on pairs, summed: -log sigmoid(s(chosen) - s(rejected)) (Ouyang et al. 2022, eq. 1). Beside it, `languageCoef` times
 * the mean cross-entropy of each chosen reply's tokens, without which the model forgets what it would answer itself, and with that what
 * is wrong (Cobbe et al. 2021, section 4.2). Measures the share of pairs that it has in the right order.
 */
export const bradleyTerryLoss = (languageCoef: number): Loss => ({
  key: `bradley-terry ${languageCoef}`,
  total(model, parameters, inputs, measure) {
    const { scores, language } = readTexts(model, parameters, inputs);
    const [chosen, rejected] = tf.split(scores, 2) as [Tensor, Tensor];
    measure?.('accuracy', tf.sum(tf.cast(tf.greater(chosen, rejected), 'float32')));
    const preference = tf.sum(tf.softplus(tf.sub(rejected, chosen)));
    return tf.sub(preference, tf.mul(tf.sum(tf.split(language, 2)[0]!), languageCoef));
  },
});

const BUCKET = 8;
/** Rows of the logits are computed in multiples of this, so that few program shapes occur. */
const ROWS = 256;

/**
 * Conversations padded on the right, [B, T]; the row of each one's final token among B * T; the rows at which the tokens of all replies
 * are said, [K], and the share of each in the mean over its own reply, [B, K]. One that is longer than the context keeps its beginning
 * and its final token.
 */
function inputsOf(
  texts: readonly JudgedText[],
  nPositions: number,
): { readonly specs: Specs; readonly values: Values } {
  const fitting = texts.map(({ ids }) =>
    ids.length <= nPositions ? ids : [...ids.slice(0, nPositions - 1), ids.at(-1)!],
  );
  const [B, longest] = [texts.length, Math.max(...fitting.map((ids) => ids.length))];
  const T = Math.min(Math.ceil(longest / BUCKET) * BUCKET, nPositions);
  const tokens = new Int32Array(B * T);
  fitting.forEach((ids, b) => tokens.set(ids, b * T));
  const said = fitting.flatMap((ids, b) =>
    ids.flatMap((target, t) => (t < texts[b]!.promptLength ? [] : [{ b, row: b * T + t - 1, target }])),
  );
  const K = Math.ceil(said.length / ROWS) * ROWS;
  const [rows, targets, shares] = [new Int32Array(K), new Int32Array(K), new Float32Array(B * K)];
  said.forEach(({ b, row, target }, k) => {
    [rows[k], targets[k]] = [row, target];
    shares[b * K + k] = 1 / (fitting[b]!.length - texts[b]!.promptLength);
  });
  return {
    specs: {
      ...{ tokens: { shape: [B, T], dtype: 'int32' }, last: { shape: [B], dtype: 'int32' } },
      ...{ rows: { shape: [K], dtype: 'int32' }, targets: { shape: [K], dtype: 'int32' } },
      shares: { shape: [B, K], dtype: 'float32' },
    },
    values: { tokens, last: Int32Array.from(fitting, (ids, b) => b * T + ids.length - 1), rows, targets, shares },
  };
}

/** Batches of pairs of similar length: the chosen conversations, then the rejected ones. Its weight is the number of pairs. */
export function pairSource(
  pairs: readonly ComparedPair[],
  { batchSize, nPositions, rng }: { readonly batchSize: number; readonly nPositions: number; readonly rng: Rng },
): InputSource {
  const lengthOf = ({ chosen, rejected }: ComparedPair): number => Math.max(chosen.ids.length, rejected.ids.length);
  const epochs = createEpochs(pairs, { batchSize, rng, lengthOf });
  return {
    ...epochs,
    next() {
      const batch = epochs.next();
      const texts = [...batch.map(({ chosen }) => chosen), ...batch.map(({ rejected }) => rejected)];
      const inputs = inputsOf(texts, nPositions);
      return { ...inputs, weight: batch.length, tokens: inputs.values.tokens!.length };
    },
  };
}

/** Conversations that are scored together. */
const BATCH = 64;

/** What a preference model of the architecture `model`, its parameters in `state`, thinks of each conversation, in log-odds. */
export async function scoreTexts(
  { engine, model, state }: { readonly engine: Engine; readonly model: Model; readonly state: State },
  texts: readonly JudgedText[],
): Promise<number[]> {
  const headed = withHead(model, SCORE_HEAD);
  const order = [...texts.keys()].sort((a, b) => texts[a]!.ids.length - texts[b]!.ids.length || a - b);
  const scores: number[] = Array(texts.length);
  for (let start = 0; start < order.length; start += BATCH) {
    const rows = order.slice(start, start + BATCH);
    const padding = texts.length > BATCH ? BATCH - rows.length : 0;
    const batch = [
      ...rows.map((row) => texts[row]!),
      ...Array<JudgedText>(padding).fill({ ids: [0], promptLength: 1 }),
    ];
    const { specs, values } = inputsOf(batch, model.nPositions);
    const program = await engine.compile(
      `preference ${headed.key}`,
      (parameters, inputs) => ({ outputs: { scores: readTexts(headed, parameters, inputs).scores } }),
      { state: parameterTensorSpecs(headed), inputs: specs },
    );
    const outputs = await program.run(state, values);
    rows.forEach((row, b) => (scores[row] = outputs.scores![b]!));
  }
  return scores;
}
