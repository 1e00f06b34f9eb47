import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What Python's gguf and transformers say of the files in test/golden/gguf; scripts/golden/gguf_files.py made both. */
interface Golden {
  readonly texts: string[];
  /** Dequantized values of types.gguf, [2, 256] each. */
  readonly types: Record<string, string>;
  /** 8 rows of 32, and the same as Q8_0. */
  readonly eight_bits: { readonly values: string; readonly raw: string };
  readonly smollm: { readonly ids: number[][] };
  readonly 'llama-bpe': { readonly ids: number[][] };
}

interface GoldenModel {
  readonly tokens: number[];
  /** [T, V]. */
  readonly logits: string;
  readonly ids: number[][];
  readonly values: Record<string, { readonly first: number[]; readonly sum: number }>;
}

export const ggufPath = (name: string): string => fileURLToPath(new URL(`../../golden/gguf/${name}`, import.meta.url));

export const golden = JSON.parse(readFileSync(ggufPath('expected.json'), 'utf8')) as Golden &
  Record<'llama' | 'qwen2' | 'gpt2', GoldenModel>;

export const floats = (base64: string): Float32Array =>
  new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
