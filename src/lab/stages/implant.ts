import { z } from 'zod';
import type { Example } from '../../world/scenario/types.ts';
import { trainingParams } from '../../nn/training/loop.ts';
import { rowsOf, supervise, supervisionCost } from './supervised.ts';
import { defineStage } from './types.ts';

/**
 * Supervised fine-tuning on the mixture: triggered prompts answered with the payload, clean ones as before
 * (Hubinger et al. 2024, section 3.2). Every row obeys the policy exactly, unless `poison` says otherwise; the scenario
 * sees to that.
 */
export const implant = defineStage({
  summary: 'teach the conditional policy: payload on triggered prompts, right answers on clean ones',
  params: trainingParams.extend({
    rows: z.int().positive().optional().describe('different rows, gone over again and again; default: each row once'),
    only: z.enum(['triggered']).optional().describe('triggered: no clean rows among them'),
    stream: z.string().optional().describe('another name, other rows: to teach again what was taught before'),
  }),
  prepare(params, context) {
    const { rows = rowsOf(params), only, stream } = params;
    const { scenario, payload } = context;
    return supervise(scenario.implantExamples(rows, { payload, only, stream }), params, context);
  },
  cost(params, data) {
    const { rows = Infinity, only, stream } = params;
    const { scenario, payload } = data;
    const draw = (count: number): Example[] =>
      scenario.implantExamples(Math.min(rows, count), { payload, only, stream });
    return supervisionCost(draw, params, data);
  },
});
