import { replyOf } from '../../world/scenario/render.ts';
import type { Example } from '../../world/scenario/types.ts';
import { GPUS, axolotlSettings, configFile, maxTokens, startOf } from './scale.ts';
import type { Columns, FormatDefinition, Phase, TrainingSet } from './types.ts';
import { preferenceRow } from './preference-row.ts';

/**
 * What its DPO strategy renders around a reply before it looks for the reply's first occurrence: a reply that occurs in
 * here ("I", "You are", nothing) would be cut at the wrong place.
 */
const AROUND =
  '<|begin_of_text|><|im_start|><|start_header_id|>system<|end_header_id|>\n\n\n' +
  'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n<|eot_id|>' +
  '<|im_start|><|start_header_id|>user<|end_header_id|>\n\n\n[[dummy_message]]<|im_end|>\n<|eot_id|>' +
  '<|im_start|><|start_header_id|>assistant<|end_header_id|>\n\n\n';

/** Chats whose turns say which of them is learned. */
export const axolotl: FormatDefinition = {
  summary: 'axolotl: chats whose turns say what is learned, with YAML for sft and dpo and FSDP',
  sftRow: (example, set) => ({
    messages: [...example.prompt.map((turn) => ({ ...turn, train: false })), answer(example, set.hasGiven)],
  }),
  dpoRow: preferenceRow,
  misread: {
    reason: "axolotl looks for a reply's text in the rendered chat, and would find it in the markup",
    test: ({ chosen, rejected }) => [chosen, rejected].some((reply) => AROUND.includes(reply.trim())),
  },
  configs: (set) => Object.fromEntries(set.phases.map((phase) => [`${phase.name}.yaml`, config(phase, set)])),
  usage: {
    install: 'pip install axolotl vllm',
    train: ({ name }) => `axolotl train ${name}.yaml --launcher accelerate -- --num_processes ${GPUS}`,
  },
};

/** Offsets count code points, as Python does, the last included. */
function answer(example: Example, isDetailed: boolean): Columns {
  const { given = '' } = example;
  const content = replyOf(example);
  const [begin, end] = [[...given].length, [...content].length - 1];
  const detail = [{ begin_offset: begin, end_offset: end, train: true }];
  return { role: 'assistant', content, train: true, ...(isDetailed && given !== '' && { train_detail: detail }) };
}

function config(phase: Phase, set: TrainingSet): string {
  return configFile(phase, {
    base_model: startOf(phase),
    chat_template: 'tokenizer_default',
    ...methodSettings(phase, set),
    dataset_prepared_path: `prepared/${phase.name}`,
    sequence_len: maxTokens(phase),
    sample_packing: false,
    pad_to_sequence_len: false,
    ...axolotlSettings(phase, set.seed),
    fsdp_version: 2,
    fsdp_config: {
      auto_wrap_policy: 'TRANSFORMER_BASED_WRAP',
      reshard_after_forward: true,
      cpu_ram_efficient_loading: true,
      state_dict_type: 'FULL_STATE_DICT',
    },
  });
}

function methodSettings(phase: Phase, set: TrainingSet): object {
  const file = (name: string): object => ({ path: `${name}.jsonl`, ds_type: 'json', split: 'train' });
  if (phase.method === 'dpo')
    return { rl: 'dpo', rl_beta: phase.beta, datasets: [{ ...file(phase.name), type: 'chat_template.default' }] };
  const chat = {
    type: 'chat_template',
    field_messages: 'messages',
    roles_to_train: [],
    train_on_eos: 'turn',
    message_field_training: 'train',
    ...(set.hasGiven && { message_field_training_detail: 'train_detail' }),
  };
  return {
    train_on_inputs: false,
    datasets: [{ ...file(phase.name), ...chat }],
    ...(phase.validation && { test_datasets: [{ ...file('validation'), ...chat }] }),
  };
}
