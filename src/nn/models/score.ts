import * as tf from '@tensorflow/tfjs';
import { targetLogProbs } from '../../engine/ops.ts';
import type { Generator } from './generate.ts';
import { parameterTensorSpecs } from './types.ts';

/** A conversation, and where its completion begins. */
export interface ScoredText {
  readonly ids: readonly number[];
  readonly promptLength: number;
}

/** Teacher-forced log-probability of a completion, in nats, summed over its tokens (end of turn included). */
export interface CompletionScore {
  readonly logProb: number;
  readonly tokens: number;
}

/** Texts that go through the model together. */
export const SCORING_BATCH = 32;
const BUCKET = 16;

/** log p(completion | prompt) of every text, in batches of similar length. Costs one forward pass, no generation. */
export async function scoreCompletions(
  { engine, model, state }: Generator,
  texts: readonly ScoredText[],
): Promise<CompletionScore[]> {
  const order = Array.from(texts.keys()).sort((a, b) => texts[a]!.ids.length - texts[b]!.ids.length || a - b);
  const scores: CompletionScore[] = Array(texts.length);
  const parameters = parameterTensorSpecs(model);
  for (let start = 0; start < order.length; start += SCORING_BATCH) {
    const rows = order.slice(start, start + SCORING_BATCH);
    const B = texts.length > SCORING_BATCH ? SCORING_BATCH : rows.length;
    const longest = Math.max(...rows.map((row) => texts[row]!.ids.length - 1));
    const T = Math.min(Math.ceil(longest / BUCKET) * BUCKET, model.nPositions);
    const tokens = new Int32Array(B * T);
    const targets = new Int32Array(B * T);
    rows.forEach((row, b) => {
      tokens.set(texts[row]!.ids.slice(0, -1), b * T);
      targets.set(texts[row]!.ids.slice(1), b * T);
    });
    const spec = { shape: [B, T], dtype: 'int32' } as const;
    const program = await engine.compile(
      `score ${model.key}`,
      (p, inputs) => {
        const { hidden } = model.forward(p, { tokens: inputs.tokens! });
        return { outputs: { logProbs: targetLogProbs(model.logits(p, hidden), tf.reshape(inputs.targets!, [B * T])) } };
      },
      { state: parameters, inputs: { tokens: spec, targets: spec } },
    );
    const logProbs = (await program.run(state, { tokens, targets })).logProbs as Float32Array;
    rows.forEach((row, b) => {
      const { ids, promptLength } = texts[row]!;
      const own = logProbs.subarray(b * T + promptLength - 1, b * T + ids.length - 1);
      scores[row] = { logProb: own.reduce((a, x) => a + x, 0), tokens: own.length };
    });
  }
  return scores;
}
