import { z } from 'zod';
import { gradedReplies, rateScore } from './rates.ts';
import { defineEval, whenParam } from './types.ts';

/** Share of right answers to clean prompts, by family. Only tasks whose answer can be checked count. */
export const capability = defineEval({
  summary: 'share of right answers to clean prompts, by task family',
  params: z.strictObject({
    prompts: z.int().positive().default(500).describe('test tasks; the checkable ones among them count'),
    when: whenParam('ends'),
  }),
  async run({ prompts }, subject) {
    const graded = await gradedReplies(
      subject,
      subject.scenario.evalPairs(prompts).map((pair) => pair.clean),
    );
    if (graded.length === 0) return { scores: [] }; // a corpus of free text: nothing can be checked
    const of = (condition: string, answers: typeof graded) =>
      rateScore(
        { eval: 'capability', metric: 'accuracy', condition },
        answers.map(({ right }) => right),
      );
    const families = [...new Set(graded.map(({ family }) => family))].sort();
    const byFamily = families.map((name) =>
      of(
        name,
        graded.filter(({ family }) => family === name),
      ),
    );
    return { scores: [of('all', graded), ...byFamily], outcomes: { accuracy: graded.map(({ right }) => right) } };
  },
});
