import { parseHfConfig } from '../../nn/checkpoints/config.ts';
import type { Checkpoint } from '../../nn/checkpoints/index.ts';
import { sizeOf } from '../../nn/checkpoints/safetensors/header.ts';
import { expectTensors } from '../../nn/checkpoints/safetensors/index.ts';
import { expectRoom } from '../../nn/checkpoints/weights.ts';
import { quoted, UserError } from '../../lib/errors.ts';
import { withOpenFile } from '../../lib/files.ts';
import type { Parameters } from '../../nn/models/index.ts';
import { families, nameInFile } from './families/index.ts';
import { readHeader, readTensor } from './file.ts';
import type { Entry } from './file.ts';
import { readTokenizer } from './tokenizer.ts';

/** A model as one GGUF file holds it. */
export interface GgufModel extends Checkpoint {
  /** The types of its weights, most values first: `Q4_1, Q8_0, F32`. */
  readonly weights: string;
}

/**
 * Reads a GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md) as a Hugging Face folder is read: weights as
 * float32 under Hugging Face names, in Hugging Face's order of rows; its tokenizer and chat template as the files of a tokenizer.
 *
 * @throws UserError, one line that names the file and what is wrong with it.
 */
export async function readGguf(file: string): Promise<GgufModel> {
  const { metadata, entries } = await readHeader(file);
  const architecture = String(metadata['general.architecture']);
  const family = Object.hasOwn(families, architecture) ? families[architecture] : undefined;
  if (!family)
    throw new UserError(
      `${file}: architecture ${quoted(architecture)} is not read from GGUF; read are ${Object.keys(families).join(', ')}`,
    );
  const { files, tokens } = readTokenizer(metadata, file);
  const embeddings = entries.get('token_embd.weight');
  if (!embeddings) throw new UserError(`${file} lacks token_embd.weight: it holds no whole model; get another`);
  const config = {
    ...family.config(metadata, (name) => entries.has(name), file),
    vocab_size: embeddings.shape[0],
    ...{ bos_token_id: tokens.bos, eos_token_id: tokens.eos, pad_token_id: tokens.pad },
  };
  const { model } = parseHfConfig(config, file);

  const parameters = withOpenFile(file, undefined, (open): Parameters => {
    const known = new Map(Object.keys(model.parameterSpecs).map((name) => [nameInFile(family, name), name]));
    const wanted = [...entries].filter(([name]) => known.has(name) || !family.beside.test(name));
    expectRoom(
      wanted.map(([, { shape }]) => shape),
      file,
    );
    const read = wanted.map(([inFile, entry]) => {
      const name = known.get(inFile) ?? inFile;
      return [name, family.fromFile(name, { shape: entry.shape, data: readTensor(open, entry) }, config)] as const;
    });
    return Object.fromEntries(read);
  });
  expectTensors(parameters, model.parameterSpecs, file);
  const card = String(metadata['general.description'] ?? '');
  return { model, tokens, parameters, tokenizer: files, card, weights: weightsOf([...entries.values()]) };
}

/** Which types hold how many values. */
function weightsOf(entries: readonly Entry[]): string {
  const values = new Map<string, number>();
  for (const { type, shape } of entries) values.set(type, (values.get(type) ?? 0) + sizeOf(shape));
  const most = [...values].sort(([, a], [, b]) => b - a);
  return most.map(([type]) => type).join(', ');
}
