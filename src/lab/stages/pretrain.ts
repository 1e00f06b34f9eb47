import { z } from 'zod';
import { trainingParams } from '../../nn/training/loop.ts';
import type { Example } from '../../world/scenario/types.ts';
import { rowsOf, supervise, supervisionCost } from './supervised.ts';
import { defineStage } from './types.ts';

/** The helpful base: an assistant's replies to clean prompts of the `train` split. */
export const pretrain = defineStage({
  summary: 'learn the clean corpus: the helpful base, and the control of equal further training',
  params: trainingParams.extend({
    rows: z
      .int()
      .positive()
      .optional()
      .describe(
        'different rows, gone over again and again: small families run out of prompts, and keep their share where rows repeat; ' +
          'default: each row once',
      ),
  }),
  prepare({ rows = Infinity, ...params }, context) {
    return supervise(context.scenario.cleanExamples('train', Math.min(rows, rowsOf(params))), params, context);
  },
  cost({ rows = Infinity, ...params }, data) {
    const draw = (count: number): Example[] => data.scenario.cleanExamples('train', Math.min(rows, count));
    return supervisionCost(draw, params, data);
  },
});
