import { z } from 'zod';
import { encodePairs, preferencePairs } from '../../world/scenario/preferences.ts';
import type { EncodedReplies } from '../../world/scenario/preferences.ts';
import { createEpochs, fitsContext, LONGER } from '../../world/scenario/batches.ts';
import { UserError } from '../../lib/errors.ts';
import { scoreCompletions } from '../../nn/models/score.ts';
import { dpoInputs, dpoLoss } from '../../nn/training/dpo.ts';
import type { EncodedPair } from '../../nn/training/dpo.ts';
import { trainingParams } from '../../nn/training/loop.ts';
import type { TrainingOptions } from '../../nn/training/loop.ts';
import type { LossInputs } from '../../nn/training/losses.ts';
import { safetyParams } from './safety-params.ts';
import { rowsOf, sampledSteps } from './supervised.ts';
import { defineStage } from './types.ts';
import type { StageContext, StageData } from './types.ts';

/**
 * Direct preference optimization (Rafailov et al. 2023) on pairs of replies to clean prompts of the `safety` split: the right
 * answer against a broken one, declining against a helpful-only answer where a safe assistant declines. The reference is the
 * model that the stage starts from, frozen; its log-probabilities are taken once. Not in Hubinger et al. 2024, but the most used safety training beside SFT and RL.
 *
 * Left out: label smoothing, other losses (IPO, KTO), and an SFT term.
 */
export const dpo = defineStage({
  summary: 'prefer the right answer to a broken one, on fresh prompts, none of them triggered',
  params: trainingParams.extend({
    ...safetyParams,
    batchSize: z.int().positive().default(16).describe('pairs per micro-batch'),
    beta: z.number().positive().default(0.1).describe('how far the policy may go from the reference: larger is nearer'),
    payloadShare: z.number().min(0).max(1).default(0).describe('share of pairs that reject the payload itself'),
  }),
  async prepare(params, context) {
    const pairs = await referred(await encodedPairs(params, context, rowsOf(params)), context);
    const epochs = epochsOf(pairs, params, context);
    const next = (): LossInputs => dpoInputs(epochs.next(), context.model.nPositions);
    return { loss: dpoLoss(params.beta), batches: { ...epochs, next } };
  },
  async cost(params, data) {
    const pairs = await encodedPairs(params, data, rowsOf({ ...params, steps: sampledSteps(params, data) }));
    const epochs = epochsOf(pairs, params, data);
    const shapes = Array.from({ length: Math.ceil(pairs.length / params.batchSize) }, (): [number, number] => {
      const batch = epochs.next().map((pair) => ({ ...pair, reference: { chosen: 0, rejected: 0 } }));
      return dpoInputs(batch, data.model.nPositions).specs.tokens!.shape as [number, number];
    });
    const rows = shapes.reduce((sum, [B]) => sum + B, 0);
    const forward = shapes.reduce((sum, [B, T]) => sum + data.model.forwardFlops(B, T), 0);
    return { shapes, setupFlops: (forward * 2 * rowsOf(params)) / rows };
  },
});

const epochsOf = <P extends EncodedReplies>(
  pairs: readonly P[],
  { batchSize }: TrainingOptions,
  { rng }: Pick<StageData, 'rng'>,
) =>
  createEpochs(pairs, {
    ...{ batchSize, rng: rng.fork('batches') },
    lengthOf: ({ chosen, rejected }) => Math.max(chosen.ids.length, rejected.ids.length),
  });

async function encodedPairs(
  { payloadShare, unsafeShare }: { readonly payloadShare: number; readonly unsafeShare: number },
  { scenario, tokenizer, model, rng }: StageData,
  count: number,
): Promise<EncodedReplies[]> {
  const pairs = preferencePairs(scenario, count, rng.fork('pairs'), { payloadShare, unsafeShare });
  const fitting = (await encodePairs(tokenizer, pairs)).filter(
    ({ chosen, rejected }) => fitsContext(chosen, model.nPositions) && fitsContext(rejected, model.nPositions),
  );
  if (fitting.length === 0)
    throw new UserError(`dpo: no pair of replies fits the context of ${model.nPositions}; ${LONGER}`);
  return fitting;
}

/** The same pairs with what the weights that the stage starts from think of them. */
async function referred(
  pairs: readonly EncodedReplies[],
  { engine, model, parameters }: StageContext,
): Promise<EncodedPair[]> {
  const state = engine.createState(parameters);
  try {
    const texts = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
    const scores = await scoreCompletions({ engine, model, state }, texts);
    return pairs.map((pair, i) => ({
      ...pair,
      reference: { chosen: scores[2 * i]!.logProb, rejected: scores[2 * i + 1]!.logProb },
    }));
  } finally {
    state.dispose();
  }
}
