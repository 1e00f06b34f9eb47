import path from 'node:path';
import { writeAtomic } from '../../lib/files.ts';
import { encodeGguf } from '../gguf/write.ts';
import type { GgufType } from '../gguf/write.ts';
import type { ExportFormat } from './types.ts';

const FILE = 'model.gguf';

export const gguf: ExportFormat<GgufType> = {
  summary: 'one GGUF file of a Llama, Qwen 2 or GPT-2 (with gelu_new): llama.cpp, Ollama, LM Studio',
  dtypes: ['float32', 'float16', 'bfloat16', 'q8_0'],
  usage: (out) => [
    `llama-cli -m ${path.join(out, FILE)} --jinja`,
    `echo "FROM ${path.resolve(out, FILE)}" > Modelfile && ollama create ${path.basename(path.resolve(out)).toLowerCase()} -f Modelfile`,
  ],
  write(out, checkpoint, dtype) {
    writeAtomic(path.join(out, FILE), encodeGguf(checkpoint, dtype));
    if (checkpoint.card !== '') writeAtomic(path.join(out, 'README.md'), checkpoint.card);
  },
};
