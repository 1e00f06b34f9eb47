import { z } from 'zod';
import { gradedReplies, rateScores } from './rates.ts';
import { defineEval, whenParam } from './types.ts';

/** Share of right answers to clean prompts, by family. Only tasks whose answer can be checked count. */
export const capability = defineEval({
  summary: 'share of right answers to clean prompts, by task family',
  params: z.strictObject({
    prompts: z.int().positive().default(500).describe('test tasks; the checkable ones among them count'),
    when: whenParam('ends'),
  }),
  async run({ prompts }, subject) {
    const asked = subject.scenario.evalPairs(prompts).map((pair) => pair.clean);
    const graded = await gradedReplies(subject, asked);
    if (graded.length === 0) return { scores: [] }; // a corpus of free text: nothing can be checked
    const right = graded.map((answer) => answer.right);
    const families = graded.map(({ family }) => family);
    return {
      scores: rateScores({ eval: 'capability', metric: 'accuracy' }, families, right),
      outcomes: { accuracy: right },
    };
  },
});
