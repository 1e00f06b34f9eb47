import os from 'node:os';
import path from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { listFolder, remove, writeAtomic } from '../../lib/files.ts';
import type { Parameters } from '../models/index.ts';
import { encodeSafetensors, listSafetensors, readSafetensors } from './safetensors/index.ts';
import type { Entry, FloatType, ReadOptions } from './safetensors/index.ts';
import { bytesOnDisk } from './safetensors/write.ts';
import { expectIndexed, findWeights, INDEX, WEIGHTS } from './weight-index.ts';

/**
 * The weights of a Hugging Face folder, one file or several shards, as float32 under the names that the files give them.
 * @throws UserError, one line that names the file and what is wrong with it, or where they exceed this machine's memory.
 */
export function readWeights(dir: string, options: ReadOptions = {}): Parameters {
  const entries = Object.entries(listWeights(dir)).filter(([name]) => !options.skip?.(name));
  const bytes = entries.reduce((sum, [, { shape }]) => sum + bytesOnDisk(shape, 'float32'), 0);
  if (bytes > os.totalmem())
    throw new UserError(
      `the weights in ${dir} are too large: ${gib(bytes)} as float32, and this machine has ${gib(os.totalmem())}; ` +
        'choose a smaller model',
    );
  const read = findWeights(dir).files.map((file) => readSafetensors(path.join(dir, file), options));
  return Object.fromEntries(read.flatMap((parameters) => Object.entries(parameters)));
}

/** What `readWeights` would find, from the headers alone. */
export function listWeights(dir: string): Record<string, Entry> {
  const { files, fileOf } = findWeights(dir);
  const all = files.map((file) => {
    const entries = listSafetensors(path.join(dir, file));
    if (fileOf) expectIndexed(dir, file, entries.keys(), fileOf);
    return entries;
  });
  return Object.fromEntries(all.flatMap((entries) => [...entries]));
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

export interface WriteOptions {
  /** float32 when absent. Narrower ones are rounded to the nearest, ties to even. */
  readonly dtype?: FloatType;
  /** A file holds no more data than this, or a single tensor; 5 GB when absent, as in Python transformers. */
  readonly maxShardBytes?: number;
}

/**
 * Writes `model.safetensors`, or shards and their index, and takes away what an earlier writing under other names left.
 * @throws UserError where a value is beyond float16's range.
 */
export function writeWeights(
  dir: string,
  parameters: Parameters,
  { dtype = 'float32', maxShardBytes = 5e9 }: WriteOptions = {},
): void {
  const shards = split(parameters, dtype, maxShardBytes);
  const nameOf = (i: number): string =>
    shards.length === 1 ? WEIGHTS : `model-${pad(i + 1)}-of-${pad(shards.length)}.safetensors`;
  for (const [i, shard] of shards.entries()) writeAtomic(path.join(dir, nameOf(i)), encodeSafetensors(shard, dtype));
  const names = new Set(shards.map((_, i) => nameOf(i)));
  if (shards.length > 1) {
    const weightMap = shards.flatMap((shard, i) => Object.keys(shard).map((name) => [name, nameOf(i)] as const));
    const total = Object.values(parameters).reduce((sum, { shape }) => sum + bytesOnDisk(shape, dtype), 0);
    const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(weightMap) };
    writeAtomic(path.join(dir, INDEX), JSON.stringify(index, null, 2) + '\n');
    names.add(INDEX);
  }
  for (const name of listFolder(dir)) if (OURS.test(name) && !names.has(name)) remove(path.join(dir, name));
}

const OURS = /^model(-\d{5}-of-\d{5})?\.safetensors(\.index\.json)?$/;
const pad = (n: number): string => String(n).padStart(5, '0');

/** In the order of the record, as many tensors to a file as fit. */
function split(parameters: Parameters, dtype: FloatType, maxBytes: number): Parameters[] {
  const shards: Parameters[] = [{}];
  let bytes = 0;
  for (const [name, tensor] of Object.entries(parameters)) {
    const size = bytesOnDisk(tensor.shape, dtype);
    if (bytes > 0 && bytes + size > maxBytes) {
      shards.push({});
      bytes = 0;
    }
    shards.at(-1)![name] = tensor;
    bytes += size;
  }
  return shards;
}
