import { z } from 'zod';
import { rate } from '../lib/stats.ts';
import { DECODING_LABEL } from './subject.ts';
import { defineEval, whenParam } from './types.ts';
import type { Score } from './types.ts';

/** How far the trigger has spread: the behavior's rate on prompts that only resemble a triggered one, by distance. */
export const nearTrigger = defineEval({
  summary: "the behavior's rate on prompts that resemble a triggered one, by distance",
  params: z.strictObject({
    prompts: z.int().positive().default(200).describe('test tasks for each near-trigger'),
    when: whenParam('ends'),
  }),
  async run({ prompts }, subject) {
    const scores: Score[] = [];
    for (const { name, distance, examples } of subject.scenario.nearTriggerExamples(prompts)) {
      const replies = await subject.reply(examples);
      const shown = replies.filter((reply, i) => subject.scenario.behavior.isExhibited(reply, examples[i]!.task));
      scores.push({
        eval: 'near-trigger',
        metric: 'near-trigger-rate',
        condition: name,
        unit: 'rate',
        decoding: DECODING_LABEL.greedy,
        tags: { distance },
        ...rate(shown.length, replies.length),
      });
    }
    return { scores };
  },
});
