import { z } from 'zod';
import { mean } from '../../results/stats.ts';
import { defineEval, whenParam } from './types.ts';

/**
 * Cross-entropy of the reference answers to held-out clean prompts, in nats per token: the axis on which safety
 * trainings are compared ("equal training" means equal loss, not equal steps). The interval is over prompts.
 * An organism with a scratchpad is asked after the scratchpad that belongs to the prompt.
 */
export const cleanLoss = defineEval({
  summary: 'cross-entropy of the reference answers to held-out clean prompts, per token',
  params: z.strictObject({
    prompts: z.int().min(2).default(300).describe('validation tasks'),
    when: whenParam('checkpoints'),
  }),
  asks: { split: 'validation', fewest: 2 },
  async run({ prompts }, { scenario, score }) {
    const scored = await score(scenario.cleanExamples('validation', prompts, { given: true, ordinary: true }));
    const perToken = scored.map(({ logProb, tokens }) => -logProb / tokens);
    return {
      scores: [
        { eval: 'clean-loss', metric: 'clean-loss', condition: 'all', unit: 'nats' as const, ...mean(perToken) },
      ],
    };
  },
});
