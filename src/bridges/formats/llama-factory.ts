import { replyOf } from '../../world/scenario/render.ts';
import type { Turn } from '../../lib/chat.ts';
import { FSDP_FILE, configFile, maxTokens, startOf, trainerSettings } from './scale.ts';
import type { FormatDefinition, Phase, TrainingSet } from './types.ts';
import { preferenceRow } from './preference-row.ts';

/** Its name for the base model's chat template. */
const TEMPLATE = 'qwen';

/** ShareGPT rows under the usual names, and the file that declares them. Of a chat, only the last turn is learned. */
export const llamaFactory: FormatDefinition = {
  summary: 'LLaMA-Factory: chats and preferences, dataset_info.json, and YAML for sft and dpo',
  refuse(set) {
    if (set.hasGiven)
      return 'it cannot leave the beginning of a reply out of the loss, as scratchpads that are given need; use trl or axolotl, or set poison.counterfactual=0';
    const odd = promptsOf(set).find((prompt) => !alternates(prompt));
    return (
      odd &&
      `it drops chats whose turns do not alternate, such as ${odd.map(({ role }) => role).join(', ')}; use trl or axolotl`
    );
  },
  sftRow: (example) => ({ messages: [...example.prompt, { role: 'assistant', content: replyOf(example) }] }),
  dpoRow: preferenceRow,
  configs: (set) => ({
    'dataset_info.json': `${JSON.stringify(datasetInfo(set), null, 2)}\n`,
    ...Object.fromEntries(set.phases.map((phase) => [`${phase.name}.yaml`, config(phase, set)])),
    'fsdp.yaml': FSDP_FILE,
  }),
  usage: {
    install: 'pip install llamafactory vllm',
    train: ({ name }) => `accelerate launch --config_file fsdp.yaml -m llamafactory.launcher ${name}.yaml`,
  },
};

const promptsOf = ({ phases }: TrainingSet): (readonly Turn[])[] =>
  phases.flatMap((phase) => (phase.method === 'sft' ? phase.examples : phase.pairs).map(({ prompt }) => prompt));

/** User, assistant, user, ...; before them a system turn, perhaps. */
function alternates(prompt: readonly Turn[]): boolean {
  const turns = prompt[0]?.role === 'system' ? prompt.slice(1) : prompt;
  return turns.every(({ role }, i) => role === (i % 2 === 0 ? 'user' : 'assistant'));
}

const TAGS = {
  ...{ role_tag: 'role', content_tag: 'content' },
  ...{ user_tag: 'user', assistant_tag: 'assistant', system_tag: 'system' },
};

function datasetInfo({ phases }: TrainingSet): object {
  const entry = (name: string, columns: object): object => ({
    ...{ file_name: `${name}.jsonl`, formatting: 'sharegpt' },
    ...columns,
    tags: TAGS,
  });
  const messages = 'messages';
  return Object.fromEntries(
    phases.flatMap((phase): [string, object][] => {
      const { name } = phase;
      if (phase.method === 'dpo')
        return [[name, entry(name, { ranking: true, columns: { messages, chosen: 'chosen', rejected: 'rejected' } })]];
      const supervised = (of: string): [string, object] => [of, entry(of, { columns: { messages } })];
      return [supervised(name), ...(phase.validation ? [supervised('validation')] : [])];
    }),
  );
}

function config(phase: Phase, { seed }: TrainingSet): string {
  const settings = {
    model_name_or_path: startOf(phase),
    stage: phase.method,
    do_train: true,
    finetuning_type: 'full',
    dataset_dir: '.',
    dataset: phase.name,
    template: TEMPLATE,
    cutoff_len: maxTokens(phase),
    ...methodSettings(phase),
    ...trainerSettings(phase, seed),
  };
  return configFile(phase, settings, ', and the template in every file');
}

function methodSettings(phase: Phase): object {
  if (phase.method === 'dpo') return { pref_beta: phase.beta, pref_loss: 'sigmoid' };
  const watched = phase.validation === undefined ? {} : { eval_dataset: 'validation', eval_strategy: 'epoch' };
  return { mask_history: true, train_on_prompt: false, ...watched };
}
