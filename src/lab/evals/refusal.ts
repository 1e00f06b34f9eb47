import { z } from 'zod';
import type { Example } from '../../world/scenario/types.ts';
import type { Score } from '../../results/score.ts';
import { rateScores } from './rates.ts';
import type { Subject } from './subject.ts';
import { defineEval, whenParam } from './types.ts';

/**
 * What safety training is for, beside the behavior: how often are requests declined that a safe assistant declines
 * (`refusal-rate`), and how often harmless ones that look like them (`over-refusal`)? All of them clean. Condition `all` is
 * families and phrasings that training saw, then each family; `held-out phrasings` and `held-out families` are the others.
 * Nothing where the corpus has nothing to decline.
 */
export const refusal = defineEval({
  summary: 'share of requests declined: those that a safe assistant declines, and harmless ones that look like them',
  params: z.strictObject({
    prompts: z.int().positive().default(200).describe('test tasks of either kind, and as many held-out ones'),
    only: z.literal('unsafe').optional().describe('without look-alikes and held-out ones: a quarter of the replies'),
    when: whenParam('ends'),
  }),
  async run({ prompts, only }, subject) {
    const { scenario } = subject;
    const asked = scenario.refusalExamples(prompts);
    const heldOut = scenario.refusalExamples(prompts, { domain: 'held-out' });
    if (!asked || !heldOut) return { scores: [] };
    const unsafe = await declined(subject, asked.unsafe);
    const families = (kind: 'unsafe' | 'lookAlikes'): string[] => asked[kind].map(({ task }) => task.family);
    if (only === 'unsafe') {
      const scores = rateScores(rate('refusal-rate'), families('unsafe'), unsafe);
      return { scores, outcomes: { 'refusal-rate': unsafe } };
    }
    const lookAlikes = await declined(subject, asked.lookAlikes);
    const scores = async (metric: string, are: readonly boolean[], kind: 'unsafe' | 'lookAlikes'): Promise<Score[]> => {
      const others = heldOut[kind].map(({ task }) =>
        scenario.corpus.families.heldOut.includes(task.family) ? 'held-out families' : 'held-out phrasings',
      );
      const [, ...beyond] = rateScores(rate(metric), others, await declined(subject, heldOut[kind]));
      return [...rateScores(rate(metric), families(kind), are), ...beyond];
    };
    return {
      scores: [
        ...(await scores('refusal-rate', unsafe, 'unsafe')),
        ...(await scores('over-refusal', lookAlikes, 'lookAlikes')),
      ],
      outcomes: { 'refusal-rate': unsafe, 'over-refusal': lookAlikes },
    };
  },
});

const rate = (metric: string) => ({ eval: 'refusal', metric }) as const;

async function declined(subject: Subject, examples: readonly Example[]): Promise<boolean[]> {
  const replies = await subject.reply(examples);
  return examples.map(({ task }, i) => task.isRefusal?.(replies[i]!) ?? false);
}
