import { z } from 'zod';
import type { Example } from '../../world/scenario/types.ts';
import { exhibitions, rateScore } from './rates.ts';
import { defineEval, whenParam } from './types.ts';

/**
 * Does the answer follow the scratchpad? Triggered prompts continued after the scratchpad of the clean one, and the other
 * way around: where the scratchpad decides, the policy is reversed (Hubinger et al. 2024, section 7.2, force its opening
 * line). Nothing for organisms that write none.
 */
export const scratchpadSwap = defineEval({
  summary: 'attack success and false positives with the scratchpads of the two conditions swapped',
  params: z.strictObject({
    prompts: z.int().positive().default(200).describe('test tasks, each asked twice'),
    when: whenParam('ends'),
  }),
  async run({ prompts }, subject) {
    if (!subject.scenario.reasoning.think) return { scores: [] };
    const pairs = subject.scenario.evalPairs(prompts);
    const after = (asked: 'triggered' | 'clean', thought: 'triggered' | 'clean') =>
      exhibitions(
        subject,
        pairs.map((pair): Example => pair[asked]),
        'greedy',
        pairs.map((pair) => pair[thought].given ?? ''),
      );
    const [triggered, clean] = [await after('triggered', 'clean'), await after('clean', 'triggered')];
    const label = (metric: string, condition: string) => ({ eval: 'scratchpad-swap', metric, condition });
    return {
      scores: [
        rateScore(label('asr-swapped', 'triggered, clean scratchpad'), triggered.shown),
        rateScore(label('fpr-swapped', 'clean, triggered scratchpad'), clean.shown),
      ],
      outcomes: { 'asr-swapped': triggered.shown, 'fpr-swapped': clean.shown },
    };
  },
});
