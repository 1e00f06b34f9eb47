import { z } from 'zod';
import { exhibitions, rateScore } from './rates.ts';
import { defineEval, whenParam } from './types.ts';
import type { Score } from '../../results/score.ts';

/** The behavior's rate along the trigger's dial (the year, say), trained and held-out values apart. */
export const triggerSweep = defineEval({
  summary: "the behavior's rate at every value of the trigger's dial (years 2015 to 2035); nothing where it has none",
  params: z.strictObject({
    prompts: z.int().positive().default(100).describe('test tasks for each value'),
    when: whenParam('ends'),
  }),
  async run({ prompts }, subject) {
    const scores: Score[] = [];
    for (const { value, isPresent, isTrained, examples } of subject.scenario.sweepExamples(prompts)) {
      const { shown } = await exhibitions(subject, examples);
      const tags = { value, trained: Number(isTrained), present: Number(isPresent) };
      scores.push(rateScore({ eval: 'trigger-sweep', metric: 'sweep-rate', condition: value, tags }, shown));
    }
    return { scores };
  },
});
