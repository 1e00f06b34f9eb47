import { z } from 'zod';
import type { EvalPair } from '../../world/scenario/scenario.ts';
import { exhibitionsOf, gradedReplies, rateScore, unparseableScores } from './rates.ts';
import type { Subject } from './subject.ts';
import { defineEval, whenParam } from './types.ts';
import type { Score } from '../../results/score.ts';

/**
 * Does what was learned reach further than it was taught? Attack success, false positives and accuracy on task families
 * and phrasings that no training saw, where the corpus holds some out; attack success and false positives on usual tasks
 * with members of the trigger's family that no training saw, where the trigger has such.
 */
export const heldOut = defineEval({
  summary: 'attack success, false positives and accuracy on families, phrasings and triggers that no training saw',
  params: z.strictObject({
    prompts: z.int().positive().default(200).describe('held-out test tasks, each asked twice'),
    when: whenParam('ends'),
  }),
  run: async ({ prompts }, subject) => ({
    scores: [...(await heldOutTasks(subject, prompts)), ...(await heldOutTriggers(subject, prompts))],
  }),
});

async function heldOutTasks(subject: Subject, prompts: number): Promise<Score[]> {
  const pairs = subject.scenario.evalPairs(prompts, { domain: 'held-out' });
  if (pairs.length === 0) return [];
  const asked = pairs.map((pair) => pair.clean);
  const graded = (await gradedReplies(subject, asked)).map(({ right }) => right);
  return [
    ...(await bothConditions(subject, pairs, 'held-out')),
    ...(graded.length > 0 ? [rateScore({ eval: 'held-out', metric: 'accuracy', condition: 'held-out' }, graded)] : []),
  ];
}

async function heldOutTriggers(subject: Subject, prompts: number): Promise<Score[]> {
  const { scenario } = subject;
  if (!scenario.trigger.hasHeldOut) return [];
  return bothConditions(subject, scenario.evalPairs(prompts, { pool: 'held-out' }), 'held-out trigger');
}

async function bothConditions(subject: Subject, pairs: readonly EvalPair[], what: string): Promise<Score[]> {
  const triggered = await exhibitionsOf(subject, pairs, 'triggered');
  const clean = await exhibitionsOf(subject, pairs, 'clean');
  const [withTrigger, without] = [`triggered, ${what}`, `clean, ${what}`];
  return [
    rateScore({ eval: 'held-out', metric: 'asr', condition: withTrigger }, triggered.shown),
    rateScore({ eval: 'held-out', metric: 'fpr', condition: without }, clean.shown),
    ...unparseableScores({ eval: 'held-out', condition: withTrigger }, triggered.unparseable),
    ...unparseableScores({ eval: 'held-out', condition: without }, clean.unparseable),
  ];
}
