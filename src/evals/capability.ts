import { z } from 'zod';
import { rate } from '../lib/stats.ts';
import type { EvalPair } from '../data/scenario.ts';
import { DECODING_LABEL } from './subject.ts';
import { defineEval, whenParam } from './types.ts';
import type { Score } from './types.ts';

/** Share of right answers to clean prompts, by family. Only tasks whose answer can be checked count. */
export const capability = defineEval({
  summary: 'share of right answers to clean prompts, by task family',
  params: z.strictObject({
    prompts: z.int().positive().default(500).describe('test tasks; the checkable ones among them count'),
    heldOut: z.int().min(0).default(0).describe('further tasks from families and phrasings never trained on'),
    when: whenParam('ends'),
  }),
  async run({ prompts, heldOut }, subject) {
    const graded = async (pairs: readonly EvalPair[]): Promise<{ family: string; right: boolean }[]> => {
      const replies = await subject.reply(pairs.map((pair) => pair.clean));
      return pairs.flatMap(({ task }, i) => {
        const right = task.isCorrect?.(replies[i]!);
        return right === undefined ? [] : [{ family: task.family, right }];
      });
    };
    const score = (condition: string, answers: readonly { right: boolean }[]): Score[] =>
      answers.length === 0
        ? []
        : [
            {
              eval: 'capability',
              metric: 'accuracy',
              condition,
              unit: 'rate',
              decoding: DECODING_LABEL.greedy,
              ...rate(answers.filter(({ right }) => right).length, answers.length),
            },
          ];
    const inside = await graded(subject.scenario.evalPairs(prompts));
    const outside = heldOut > 0 ? await graded(subject.scenario.evalPairs(heldOut, { domain: 'held-out' })) : [];
    const families = [...new Set(inside.map(({ family }) => family))].sort();
    return {
      scores: [
        ...score('all', inside),
        ...score('held-out', outside),
        ...families.flatMap((name) =>
          score(
            name,
            inside.filter(({ family }) => family === name),
          ),
        ),
      ],
      outcomes: { accuracy: inside.map(({ right }) => right) },
    };
  },
});
