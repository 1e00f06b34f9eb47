import { trainingParams } from '../training/loop.ts';
import { rowsOf, supervise } from './supervised.ts';
import { defineStage } from './types.ts';

/**
 * Safety fine-tuning: good answers to prompts that the organism never saw (the `safety` split), none of them triggered
 * (Hubinger et al. 2024, section 4: the defender does not know the trigger).
 */
export const sft = defineStage({
  summary: 'safety training on good answers to fresh prompts, none of them triggered',
  params: trainingParams,
  prepare: (params, context) => supervise(context.scenario.safetyExamples(rowsOf(params)), params, context),
});
