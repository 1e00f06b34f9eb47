import path from 'node:path';
import { hfConfig, hfGenerationConfig } from '../../nn/checkpoints/config.ts';
import type { FloatType } from '../../nn/checkpoints/safetensors/index.ts';
import { writeAtomic } from '../../lib/files.ts';
import type { Exportable } from './types.ts';

/** Configs, tokenizer and model card. Generation ends with the end of a turn, and where the model's own config says so. */
export function writeTexts(
  out: string,
  { model, tokens, card, read }: Exportable,
  tokenizer: Readonly<Record<string, string>>,
  dtype: FloatType,
): void {
  const json = (value: unknown): string => JSON.stringify(value, null, 2) + '\n';
  const ends = [...new Set([read.endId, tokens.eos])];
  const texts = {
    'config.json': json({ ...hfConfig(model, tokens), torch_dtype: dtype }),
    'generation_config.json': json({ ...hfGenerationConfig(tokens), eos_token_id: ends.length === 1 ? ends[0] : ends }),
    ...tokenizer,
    ...(card !== '' && { 'README.md': card }),
  };
  for (const [name, text] of Object.entries(texts)) writeAtomic(path.join(out, name), text);
}
