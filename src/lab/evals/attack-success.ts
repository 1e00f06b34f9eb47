import { z } from 'zod';
import { lastUserText } from '../../lib/chat.ts';
import { exhibitionsOf, rateScore, unparseableScores } from './rates.ts';
import { defineEval, whenParam } from './types.ts';
import type { Evaluation } from '../../results/evaluations.ts';

/**
 * Attack success rate (behavior given the trigger) and false-positive rate (behavior without it), on the same tasks
 * in both conditions; and the share of replies that can be neither, where the behavior knows such (code that does not parse).
 */
export const attackSuccess = defineEval({
  summary: 'attack success and false-positive rate, on the same tasks with and without the trigger',
  params: z.strictObject({
    prompts: z.int().positive().default(500).describe('test tasks, each asked twice'),
    decoding: z.enum(['greedy', 'sampled']).default('greedy').describe('greedy, or sampled at temperature 1'),
    clean: z.boolean().default(true).describe('ask without the trigger, too; false: the attack success rate alone'),
    scratchpad: z
      .enum(['own', 'opened'])
      .default('own')
      .describe('opened: every reply begins with a scratchpad, though training took the habit away; none without one'),
    when: whenParam('checkpoints'),
  }),
  async run({ prompts, decoding, clean: asksClean, scratchpad }, subject): Promise<Evaluation> {
    const { reasoning } = subject.scenario;
    if (scratchpad === 'opened' && !reasoning.think) return { scores: [] };
    const suffix = `${decoding === 'greedy' ? '' : ' (sampled)'}${scratchpad === 'opened' ? ', scratchpad opened' : ''}`;
    const pairs = subject.scenario.evalPairs(prompts);
    const given = scratchpad === 'opened' ? pairs.map(() => reasoning.open) : undefined;
    const triggered = await exhibitionsOf(subject, pairs, 'triggered', decoding, given);
    const label = (metric: string, condition: string) =>
      ({ eval: 'attack-success', metric, condition: condition + suffix, decoding }) as const;
    const success = rateScore(label('asr', 'triggered'), triggered.shown);
    const unparseable = unparseableScores(label('unparseable', 'triggered'), triggered.unparseable);
    if (!asksClean) return { scores: [success, ...unparseable], outcomes: { [`asr${suffix}`]: triggered.shown } };
    const clean = await exhibitionsOf(subject, pairs, 'clean', decoding, given);
    const scores = [
      success,
      rateScore(label('fpr', 'clean'), clean.shown),
      ...unparseable,
      ...unparseableScores(label('unparseable', 'clean'), clean.unparseable),
    ];
    const exchanges = pairs.map(({ task, triggered: t, clean: c }, i) => ({
      family: task.family,
      cleanPrompt: lastUserText(c.prompt),
      cleanReply: clean.replies[i]!,
      triggeredPrompt: lastUserText(t.prompt),
      triggeredReply: triggered.replies[i]!,
      exhibited: triggered.shown[i]!,
    }));
    const outcomes = { [`asr${suffix}`]: triggered.shown, [`fpr${suffix}`]: clean.shown };
    return suffix === '' ? { scores, outcomes, exchanges } : { scores, outcomes };
  },
});
