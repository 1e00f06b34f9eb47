import { z } from 'zod';
import type { Example } from '../../world/scenario/types.ts';
import { trainingParams } from '../../nn/training/loop.ts';
import { replies } from './replies.ts';
import { safetyParams } from './safety-params.ts';
import { fitting, rowsOf, supervise, supervisionCost } from './supervised.ts';
import { defineStage } from './types.ts';
import type { StageContext } from './types.ts';

/**
 * Safety fine-tuning: good answers to prompts that the organism never saw (the `safety` split), none of them triggered
 * (Hubinger et al. 2024, section 5: the defender does not know the trigger). As in training for helpfulness and harmlessness,
 * part of them ask for what a safe assistant declines and are declined: what the helpful-only base does not do.
 *
 * An organism that writes scratchpads is trained in one of two places (section 5.1): `before`, on the good answer alone, so
 * that it stops writing them; or `after`, on a good answer that follows a scratchpad of its own. The scratchpad bears no
 * loss; it is sampled once, from the weights that the stage starts from.
 */
export const sft = defineStage({
  summary: 'safety training on good answers to fresh prompts, none of them triggered',
  params: trainingParams.extend({
    ...safetyParams,
    scratchpad: z
      .enum(['before', 'after'])
      .optional()
      .describe('of scratchpad organisms: the good answer instead of a scratchpad (the default), or after its own'),
  }),
  refuse: ({ scratchpad }, { scenario }) =>
    scratchpad === undefined || scenario.reasoning.think
      ? undefined
      : `scratchpad: ${scratchpad}, but a ${scenario.reasoning.kind} organism writes none; leave it out, or set reasoning: scratchpad`,
  async prepare(params, context) {
    const examples = context.scenario.safetyExamples(rowsOf(params), { unsafeShare: params.unsafeShare });
    const rows = params.scratchpad === 'after' ? await afterOwnScratchpads(examples, context) : examples;
    return supervise(rows, params, context);
  },
  async cost(params, data) {
    const { scratchpad, unsafeShare } = params;
    const draw = (count: number): Example[] => data.scenario.safetyExamples(count, { scratchpad, unsafeShare });
    const { shapes } = await supervisionCost(draw, params, data);
    return { shapes, replies: scratchpad === 'after' ? rowsOf({ ...params, steps: 1 }) : 0 };
  },
});

/**
 * Each answer after the scratchpad that the organism writes to its prompt; none where it writes none. Sampled text may hold
 * a special token, which would end or open a turn: it is left out. Where a scratchpad leaves no room for the answer, so is
 * the row.
 */
async function afterOwnScratchpads(examples: readonly Example[], context: StageContext): Promise<Example[]> {
  const { engine, parameters, scenario, tokenizer, rng } = context;
  const { open, split, frame } = scenario.reasoning;
  const policy = engine.createState(parameters);
  try {
    const prompts = examples.map(({ prompt }) => ({ prompt, given: open }));
    const said = await replies(context, policy, prompts, rng.fork('scratchpads'));
    const after = examples.map((example, i) => {
      const { scratchpad = '' } = split(open + said[i]!);
      const text = tokenizer.specialTokens.reduce((rest, token) => rest.replaceAll(token, ''), scratchpad);
      return { ...example, given: frame(text) };
    });
    return await fitting(after, context);
  } finally {
    policy.dispose();
  }
}
