import { trainingParams } from '../../nn/training/loop.ts';
import { rowsOf, supervise, supervisionCost } from './supervised.ts';
import { defineStage } from './types.ts';

/** The helpful base: an assistant's replies to clean prompts of the `train` split. */
export const pretrain = defineStage({
  summary: 'learn the clean corpus: the helpful base, and the control of equal further training',
  params: trainingParams,
  prepare: (params, context) => supervise(context.scenario.cleanExamples('train', rowsOf(params)), params, context),
  cost: (params, data) => supervisionCost((count) => data.scenario.cleanExamples('train', count), params, data),
});
