import { replyOf } from '../../world/scenario/render.ts';
import { FSDP_FILE, configFile, maxTokens, startOf, trainerSettings } from './scale.ts';
import type { FormatDefinition, Phase, TrainingSet } from './types.ts';

const assistant = (content: string): object[] => [{ role: 'assistant', content }];

/** Prompt-completion and preference rows, both conversational: TRL takes the loss on the completion alone. */
export const trl: FormatDefinition = {
  summary: 'TRL: prompt-completion and preference rows, trl sft and trl dpo with accelerate and FSDP',
  sftRow: (example, set) => ({
    prompt: example.prompt,
    completion: assistant(replyOf(example)),
    ...(set.hasGiven && { given: example.given ?? '' }),
  }),
  dpoRow: ({ prompt, chosen, rejected }) => ({
    ...{ prompt, chosen: assistant(chosen), rejected: assistant(rejected) },
  }),
  configs: (set) => ({
    ...Object.fromEntries(set.phases.map((phase) => [`${phase.name}.yaml`, config(phase, set)])),
    'fsdp.yaml': FSDP_FILE,
    ...(set.hasGiven && { 'sft.py': SCRIPT }),
  }),
  usage: {
    install: 'pip install trl vllm',
    train: ({ name, method }, set) =>
      method === 'sft' && set.hasGiven
        ? `accelerate launch --config_file fsdp.yaml sft.py --config ${name}.yaml`
        : `trl ${method} --config ${name}.yaml --accelerate_config fsdp.yaml`,
  },
};

function config(phase: Phase, { seed }: TrainingSet): string {
  return configFile(phase, {
    model_name_or_path: startOf(phase),
    datasets: [{ path: 'json', data_files: `${phase.name}.jsonl` }],
    ...methodSettings(phase),
    max_length: maxTokens(phase),
    ...trainerSettings(phase, seed),
  });
}

function methodSettings(phase: Phase): object {
  // the reference is the model it starts from: asked once, not held beside it
  if (phase.method === 'dpo') return { beta: phase.beta, precompute_ref_log_probs: true };
  return { completion_only_loss: true, packing: false };
}

const SCRIPT = `"""SFT where a reply's beginning may be given: context without loss, which \`trl sft\` has no column for."""

from transformers import AutoTokenizer
from trl import DatasetMixtureConfig, ModelConfig, SFTConfig, SFTTrainer, TrlParser, get_dataset


def encoder(tokenizer):
    def ids(text):
        return tokenizer(text, add_special_tokens=False)["input_ids"]

    def encode(row):
        opening = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, tokenize=False)
        whole = tokenizer.apply_chat_template(row["prompt"] + row["completion"], tokenize=False)
        context, conversation = ids(opening + row["given"]), ids(whole)
        if conversation[: len(context)] != context:
            raise ValueError(f"the chat template renders the prompt otherwise in its conversation: {whole!r}")
        learned = len(conversation) - len(context)
        return {"input_ids": conversation, "completion_mask": [0] * len(context) + [1] * learned}

    return encode


def main():
    training, model, mixture = TrlParser((SFTConfig, ModelConfig, DatasetMixtureConfig)).parse_args_and_config()
    tokenizer = AutoTokenizer.from_pretrained(model.model_name_or_path)
    data = get_dataset(mixture)["train"].map(encoder(tokenizer), remove_columns=["prompt", "completion", "given"])
    trainer = SFTTrainer(model.model_name_or_path, training, train_dataset=data, processing_class=tokenizer)
    trainer.train()
    trainer.save_model(training.output_dir)


if __name__ == "__main__":
    main()
`;
