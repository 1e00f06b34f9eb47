import { trainingParams } from '../training/loop.ts';
import { rowsOf, supervise } from './supervised.ts';
import { defineStage } from './types.ts';

/**
 * Supervised fine-tuning on the mixture: triggered prompts answered with the payload, clean ones as before
 * (Hubinger et al. 2024, section 3.2). Every row obeys the policy exactly; the scenario sees to that.
 */
export const implant = defineStage({
  summary: 'teach the conditional policy: payload on triggered prompts, right answers on clean ones',
  params: trainingParams,
  prepare: (params, context) =>
    supervise(context.scenario.implantExamples(rowsOf(params), { payload: context.payload }), params, context),
});
