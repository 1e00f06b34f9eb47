import { gpt2 } from './gpt2.ts';
import { llama, qwen2 } from './llama.ts';
import type { Family } from './types.ts';

export type { Family, HfConfig } from './types.ts';

/** By `general.architecture` in the file, which is `model_type` in `config.json`. One line here each. */
export const families: Readonly<Record<string, Family>> = { llama, qwen2, gpt2 };

/** `model.layers.0.mlp.up_proj.weight` -> `blk.0.ffn_up.weight`. */
export function nameInFile({ names }: Family, parameter: string): string {
  const [, stem = '', kind = ''] = /^(.*)\.(weight|bias)$/.exec(parameter) ?? [];
  const layer = /\.(\d+)\./.exec(stem)?.[1] ?? '';
  const name = names[stem.replace(`.${layer}.`, '.{l}.')];
  if (name === undefined) throw new RangeError(`${parameter} has no name in GGUF files`);
  return `${name.replace('{l}', layer)}.${kind}`;
}
