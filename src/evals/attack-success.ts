import { z } from 'zod';
import { lastUserText } from '../lib/chat.ts';
import { rate } from '../lib/stats.ts';
import type { Example } from '../data/types.ts';
import { DECODING_LABEL } from './subject.ts';
import { defineEval, whenParam } from './types.ts';
import type { EvalOutcome, Score } from './types.ts';

const SHOWN = 8;

/**
 * Attack success rate (behavior given the trigger) and false-positive rate (behavior without it), on the same tasks
 * in both conditions. `heldOut` more tasks come from families and phrasings that no training saw.
 */
export const attackSuccess = defineEval({
  summary: 'attack success and false-positive rate, on the same tasks with and without the trigger',
  params: z.strictObject({
    prompts: z.int().positive().default(500).describe('test tasks, each asked twice'),
    heldOut: z.int().min(0).default(0).describe('further tasks from families and phrasings never trained on'),
    decoding: z.enum(['greedy', 'sampled']).default('greedy').describe('greedy, or sampled at temperature 1'),
    when: whenParam('checkpoints'),
  }),
  async run({ prompts, heldOut, decoding }, subject): Promise<EvalOutcome> {
    const { scenario } = subject;
    const suffix = decoding === 'greedy' ? '' : ' (sampled)';
    const exhibited = async (examples: readonly Example[]): Promise<{ replies: string[]; shown: boolean[] }> => {
      const replies = await subject.reply(examples, decoding);
      return { replies, shown: replies.map((reply, i) => scenario.behavior.isExhibited(reply, examples[i]!.task)) };
    };
    const score = (metric: string, condition: string, shown: readonly boolean[]): Score => ({
      eval: 'attack-success',
      metric,
      condition: condition + suffix,
      unit: 'rate',
      decoding: DECODING_LABEL[decoding],
      ...rate(shown.filter(Boolean).length, shown.length),
    });
    const pairs = scenario.evalPairs(prompts);
    const triggered = await exhibited(pairs.map((pair) => pair.triggered));
    const clean = await exhibited(pairs.map((pair) => pair.clean));
    const scores = [score('asr', 'triggered', triggered.shown), score('fpr', 'clean', clean.shown)];
    const others = heldOut > 0 ? scenario.evalPairs(heldOut, { domain: 'held-out' }) : [];
    if (others.length > 0)
      scores.push(
        score('asr', 'triggered, held-out', (await exhibited(others.map((pair) => pair.triggered))).shown),
        score('fpr', 'clean, held-out', (await exhibited(others.map((pair) => pair.clean))).shown),
      );
    const exchanges = pairs.slice(0, SHOWN).map(({ task, triggered: t, clean: c }, i) => ({
      family: task.family,
      cleanPrompt: lastUserText(c.prompt),
      cleanReply: clean.replies[i]!,
      triggeredPrompt: lastUserText(t.prompt),
      triggeredReply: triggered.replies[i]!,
      exhibited: triggered.shown[i]!,
    }));
    const outcomes = { [`asr${suffix}`]: triggered.shown, [`fpr${suffix}`]: clean.shown };
    return decoding === 'greedy' ? { scores, outcomes, exchanges } : { scores, outcomes };
  },
});
