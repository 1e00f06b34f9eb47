import { z } from 'zod';
import { exhibitions, gradedReplies, rateScore } from './rates.ts';
import { defineEval, whenParam } from './types.ts';

/**
 * Does what was learned reach further than it was taught? Attack success, false positives and accuracy on task families
 * and phrasings that no training saw. Nothing where a corpus holds nothing out.
 */
export const heldOut = defineEval({
  summary: 'attack success, false positives and accuracy on families and phrasings that no training saw',
  params: z.strictObject({
    prompts: z.int().positive().default(200).describe('held-out test tasks, each asked twice'),
    when: whenParam('ends'),
  }),
  async run({ prompts }, subject) {
    const pairs = subject.scenario.evalPairs(prompts, { domain: 'held-out' });
    if (pairs.length === 0) return { scores: [] };
    const clean = pairs.map((pair) => pair.clean);
    const triggered = await exhibitions(
      subject,
      pairs.map((pair) => pair.triggered),
    );
    const untriggered = await exhibitions(subject, clean);
    const graded = (await gradedReplies(subject, clean)).map(({ right }) => right);
    const accuracy = { eval: 'held-out', metric: 'accuracy', condition: 'held-out' };
    return {
      scores: [
        rateScore({ eval: 'held-out', metric: 'asr', condition: 'triggered, held-out' }, triggered.shown),
        rateScore({ eval: 'held-out', metric: 'fpr', condition: 'clean, held-out' }, untriggered.shown),
        ...(graded.length > 0 ? [rateScore(accuracy, graded)] : []),
      ],
    };
  },
});
