import { prefixOf } from '../../nn/checkpoints/config.ts';
import { writeWeights } from '../../nn/checkpoints/weights.ts';
import type { FloatType } from '../../nn/checkpoints/safetensors/index.ts';
import { writeTexts } from './texts.ts';
import { tokenizerFiles } from './tokenizer-files.ts';
import type { ExportFormat } from './types.ts';

/** What a checkpoint is, without this kit's own files, in the precision that is asked for. */
export const hf: ExportFormat<FloatType> = {
  summary:
    'a Hugging Face folder: Python transformers, vLLM, llama.cpp’s converter, and everything else that reads one',
  dtypes: ['float32', 'float16', 'bfloat16'],
  usage: (out) => [
    'from transformers import AutoModelForCausalLM, AutoTokenizer',
    `model, tokenizer = AutoModelForCausalLM.from_pretrained("${out}"), AutoTokenizer.from_pretrained("${out}")`,
  ],
  write(out, checkpoint, dtype) {
    const prefix = prefixOf(checkpoint.model);
    const named = Object.entries(checkpoint.parameters).map(([name, tensor]) => [prefix + name, tensor] as const);
    writeWeights(out, Object.fromEntries(named), { dtype });
    writeTexts(out, checkpoint, tokenizerFiles(checkpoint), dtype);
  },
};
