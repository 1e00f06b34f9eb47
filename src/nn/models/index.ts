import { gptNeox } from './gpt-neox.ts';
import { gpt2 } from './gpt2.ts';
import { llama } from './llama.ts';

/** Architectures an experiment can name. One file each; one line here. */
export const models = { gpt2, llama, 'gpt-neox': gptNeox };

export { pretrained, type PretrainedDefinition } from './pretrained.ts';
export {
  defineModel,
  initParameters,
  parameterCount,
  parameterTensorSpecs,
  trainableSpecs,
  valueCount,
} from './types.ts';
export type { HfFormat, Hook, Model, ModelDefinition, Parameters, ParameterTensors, Trainable } from './types.ts';
