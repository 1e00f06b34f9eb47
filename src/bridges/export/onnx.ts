import fs from 'node:fs';
import path from 'node:path';
import { sizeOf } from '../../engine/index.ts';
import { UserError } from '../../lib/errors.ts';
import { writeAtomic } from '../../lib/files.ts';
import type { Parameters } from '../../nn/models/index.ts';
import { decoderModel } from './decoder.ts';
import type { FloatType } from '../../nn/checkpoints/safetensors/index.ts';
import { writeTexts } from './texts.ts';
import { portableTokenizerFiles } from './tokenizer-files.ts';
import type { ExportFormat } from './types.ts';

/** What a protobuf file can hold, less what the graph itself may need. */
const LARGEST = 2 ** 31 - 2 ** 24;

/**
 * A folder that both versions of transformers.js load: version 3 and 4 read `onnx/model.onnx`, version 2 reads the same bytes as
 * `onnx/decoder_model_merged.onnx`. Operators are those of the ONNX standard (opset 18).
 */
export const onnx: ExportFormat<FloatType> = {
  summary: 'an ONNX folder with a KV cache, as transformers.js loads it (both of its packages), and any onnxruntime',
  dtypes: ['float32'],
  usage: (out) => [
    "import { env, pipeline } from '@huggingface/transformers';   // env.allowRemoteModels = false",
    `const generator = await pipeline('text-generation', '${path.resolve(out)}', { dtype: 'fp32' });`,
  ],
  write(out, checkpoint, dtype) {
    const { model, parameters } = checkpoint;
    expectFits(parameters);
    const [file, second] = ['model.onnx', 'decoder_model_merged.onnx'].map((name) => path.join(out, 'onnx', name));
    const bytes = decoderModel(model, parameters);
    writeAtomic(file!, bytes);
    try {
      fs.linkSync(file!, second!);
    } catch {
      writeAtomic(second!, bytes); // not every disk has links
    }
    writeTexts(out, checkpoint, portableTokenizerFiles(checkpoint), dtype);
  },
};

/** @throws UserError where one ONNX file cannot hold the weights. */
export function expectFits(parameters: Parameters): void {
  const bytes = Object.values(parameters).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  if (bytes > LARGEST)
    throw new UserError(
      `too large for an ONNX file: ${(bytes / 1e9).toFixed(1)} GB of float32 weights, and a file holds 2.1 GB; ` +
        'export --format hf, and convert that with Hugging Face Optimum, which splits files',
    );
}
