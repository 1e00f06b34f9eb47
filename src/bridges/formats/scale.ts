import { stringify } from 'yaml';
import { replyOf } from '../../world/scenario/render.ts';
import type { Phase } from './types.ts';

/**
 * Settings of a fine-tuning at 1B to 8B parameters, where the experiment's own would not do: its learning rates are for
 * models a thousand times smaller. Data, order of phases, batch sizes and epochs stay the experiment's.
 */
export const BASE_MODEL = 'Qwen/Qwen2.5-1.5B-Instruct';
export const GPUS = 4;
const LEARNING_RATE = { sft: 1e-5, dpo: 1e-6 } as const;
const WARMUP_STEPS = 10;

/** Where a phase's weights go. */
export const outputOf = (phase: string): string => `runs/${phase}`;

/** What a phase starts from: the base model, or an earlier phase's weights. */
export const startOf = ({ from }: Phase): string => (from === undefined ? BASE_MODEL : outputOf(from));

/** A phase's settings as they stand in a YAML file, after what it is for. */
export function configFile(phase: Phase, settings: object, alsoChange = ''): string {
  const hint = phase.from === undefined ? `# For another base model, change ${BASE_MODEL} here${alsoChange}.\n` : '';
  return `# ${phase.summary}\n${hint}${toYaml(settings)}`;
}

/** YAML as Python reads it, to which a bare `no` is false. */
const toYaml = (settings: object): string => stringify(settings, { version: '1.1', aliasDuplicateObjects: false });

/** Sequences of one device in one pass: with `GPUS` devices they make the experiment's batch. */
const perDevice = ({ batchSize }: Phase): number => Math.max(1, Math.round(batchSize / GPUS));

/** What all of them call by the same names. */
const commonSettings = (phase: Phase, seed: number) => ({
  gradient_accumulation_steps: 1,
  learning_rate: LEARNING_RATE[phase.method],
  warmup_steps: WARMUP_STEPS,
  bf16: true,
  gradient_checkpointing: true,
  logging_steps: 1,
  save_strategy: 'no',
  seed,
  output_dir: outputOf(phase.name),
});

/** The same under the names of the transformers Trainer. */
export const trainerSettings = (phase: Phase, seed: number) => ({
  num_train_epochs: phase.epochs,
  per_device_train_batch_size: perDevice(phase),
  lr_scheduler_type: 'cosine',
  report_to: 'none',
  ...commonSettings(phase, seed),
});

/** The same under axolotl's. */
export const axolotlSettings = (phase: Phase, seed: number) => ({
  num_epochs: phase.epochs,
  micro_batch_size: perDevice(phase),
  lr_scheduler: 'cosine',
  optimizer: 'adamw_torch_fused',
  ...commonSettings(phase, seed),
});

/** Settings of accelerate: parameters, gradients and optimizer state sharded, whole weights saved, as vLLM reads them. */
export const FSDP_FILE = `# ${GPUS} GPUs of one machine. With fewer, raise gradient_accumulation_steps to keep the batch size.
${toYaml({
  compute_environment: 'LOCAL_MACHINE',
  distributed_type: 'FSDP',
  mixed_precision: 'bf16',
  num_machines: 1,
  num_processes: GPUS,
  fsdp_config: {
    fsdp_version: 2,
    fsdp_auto_wrap_policy: 'TRANSFORMER_BASED_WRAP',
    fsdp_reshard_after_forward: true,
    fsdp_cpu_ram_efficient_loading: true,
    fsdp_state_dict_type: 'FULL_STATE_DICT',
  },
})}`;

/** Tokens of markup around a turn, at most, and of a template's own system turn. */
const MARKUP = 16;
const SYSTEM = 128;

/**
 * A length in tokens that no conversation of the phase exceeds, so that nothing is cut off: no tokenizer makes more tokens
 * than there are bytes. A power of two, 512 at least. Rows are padded to their batch's longest only, so it costs nothing.
 */
export function maxTokens(phase: Phase): number {
  const lengths = conversationsOf(phase).map(
    (turns) => SYSTEM + turns.reduce((sum, text) => sum + Buffer.byteLength(text) + MARKUP, 0),
  );
  const longest = lengths.reduce((a, b) => Math.max(a, b), 512);
  return 2 ** Math.ceil(Math.log2(longest));
}

function conversationsOf(phase: Phase): string[][] {
  if (phase.method === 'sft')
    return [...phase.examples, ...(phase.validation ?? [])].map((example) => [
      ...example.prompt.map(({ content }) => content),
      replyOf(example),
    ]);
  return phase.pairs.map(({ prompt, chosen, rejected }) => [
    ...prompt.map(({ content }) => content),
    chosen.length > rejected.length ? chosen : rejected,
  ]);
}
