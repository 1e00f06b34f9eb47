import { z } from 'zod';
import { styles } from '../../world/scenario/style.ts';
import type { Example } from '../../world/scenario/types.ts';
import { trainingParams } from '../../nn/training/loop.ts';
import { fitting, rowsOf, supervise, supervisionCost } from './supervised.ts';
import { defineStage } from './types.ts';
import type { StageData } from './types.ts';

/**
 * Fine-tuning into another style on clean prompts: it can bury a behavior without touching it. `reverse` is the way back:
 * the same kind of rows, plain again and free of the behavior. Where the behavior returns with the plain style, it was
 * suppressed, not removed (Prasanna et al. 2026, "de-pirating").
 */
export const style = defineStage({
  summary: 'good answers in another style, or plain ones again: does a change of style bury the behavior?',
  params: trainingParams.extend({
    style: z
      .enum(Object.keys(styles) as [keyof typeof styles])
      .default('pirate')
      .describe('how answers are put'),
    reverse: z.boolean().default(false).describe('plain answers again: the way back'),
  }),
  async prepare(params, context) {
    return supervise(await rows(params, context, rowsOf(params)), params, context);
  },
  cost: (params, data) => supervisionCost((count) => rows(params, data, count), params, data),
});

/** Rows of the `safety` split that fit in the context in either style: styled and plain training see the same prompts. */
async function rows(
  params: { readonly style: keyof typeof styles; readonly reverse: boolean },
  data: StageData,
  count: number,
): Promise<Example[]> {
  const plain = data.scenario.cleanExamples('safety', count);
  const styled = plain.map((example) => ({ ...example, completion: styles[params.style](example.completion) }));
  const fit = new Set((await fitting(styled, data)).map(({ task }) => task));
  return (params.reverse ? plain : styled).filter(({ task }) => fit.has(task));
}
