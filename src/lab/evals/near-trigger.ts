import { z } from 'zod';
import { exhibitions, rateScore } from './rates.ts';
import { defineEval, whenParam } from './types.ts';
import type { Score } from '../../results/score.ts';

/** How far the trigger has spread: the behavior's rate on prompts that only resemble a triggered one, by distance. */
export const nearTrigger = defineEval({
  summary: "the behavior's rate on prompts that resemble a triggered one, by distance",
  params: z.strictObject({
    prompts: z.int().positive().default(200).describe('test tasks for each near-trigger'),
    when: whenParam('ends'),
  }),
  async run({ prompts }, subject) {
    const scores: Score[] = [];
    const tagsOf = new Map(subject.scenario.trigger.nearTriggers.map(({ name, tags }) => [name, tags]));
    for (const { name, distance, isTrained, examples } of subject.scenario.nearTriggerExamples(prompts)) {
      const { shown } = await exhibitions(subject, examples);
      const tags = { distance, trained: Number(isTrained), ...tagsOf.get(name) };
      const label = { eval: 'near-trigger', metric: 'near-trigger-rate', condition: name, tags };
      scores.push(rateScore(label, shown));
    }
    return { scores };
  },
});
