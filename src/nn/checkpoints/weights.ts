import os from 'node:os';
import path from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { listFolder, remove, writeAtomic } from '../../lib/files.ts';
import type { FileData, FileRef, Sums } from '../../lib/files.ts';
import type { Parameters } from '../models/index.ts';
import { encodeSafetensors, listSafetensors, readSafetensors } from './safetensors/index.ts';
import type { Entry, FloatType, ReadOptions } from './safetensors/index.ts';
import { bytesOnDisk } from './safetensors/write.ts';
import { expectIndexed, findWeights, INDEX, WEIGHTS } from './weight-index.ts';

/**
 * The weights of a Hugging Face folder, one file or several shards, as float32 under the names that the files give them.
 * @throws UserError, one line that names the file and what is wrong with it, or where they exceed this machine's memory.
 */
export function readWeights(dir: string, { at = plain(dir), ...options }: ReadOptions & Within = {}): Parameters {
  const entries = Object.entries(listWeights(dir, at)).filter(([name]) => !options.skip?.(name));
  expectRoom(
    entries.map(([, { shape }]) => shape),
    dir,
  );
  const read = findWeights(dir, at).files.map((file) => readSafetensors(at(file), options));
  return Object.fromEntries(read.flatMap((parameters) => Object.entries(parameters)));
}

/** @throws UserError where tensors of these shapes exceed this machine's memory. */
export function expectRoom(shapes: readonly (readonly number[])[], where: string): void {
  const bytes = shapes.reduce((sum, shape) => sum + bytesOnDisk(shape, 'float32'), 0);
  if (bytes > os.totalmem())
    throw new UserError(
      `the weights in ${where} are too large: ${gib(bytes)} as float32, and this machine has ${gib(os.totalmem())}; ` +
        'choose a smaller model',
    );
}

/** How the folder's files are to be opened. */
interface Within {
  readonly at?: (name: string) => FileRef;
}

const plain =
  (dir: string) =>
  (name: string): FileRef =>
    path.join(dir, name);

/** What `readWeights` would find, from the headers alone, which are checked against no sum. */
export function listWeights(dir: string, at = plain(dir)): Record<string, Entry> {
  const { files, fileOf } = findWeights(dir, at);
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
 * @returns the sums of what it wrote.
 * @throws UserError where a value is beyond float16's range.
 */
export function writeWeights(
  dir: string,
  parameters: Parameters,
  { dtype = 'float32', maxShardBytes = 5e9 }: WriteOptions = {},
): Sums {
  const shards = split(parameters, dtype, maxShardBytes);
  const nameOf = (i: number): string =>
    shards.length === 1 ? WEIGHTS : `model-${pad(i + 1)}-of-${pad(shards.length)}.safetensors`;
  const write = (name: string, data: FileData) => [name, writeAtomic(path.join(dir, name), data)] as const;
  const sums = new Map(shards.map((shard, i) => write(nameOf(i), encodeSafetensors(shard, dtype))));
  if (shards.length > 1) {
    const weightMap = shards.flatMap((shard, i) => Object.keys(shard).map((name) => [name, nameOf(i)] as const));
    const total = Object.values(parameters).reduce((sum, { shape }) => sum + bytesOnDisk(shape, dtype), 0);
    const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(weightMap) };
    sums.set(...write(INDEX, JSON.stringify(index, null, 2) + '\n'));
  }
  for (const name of listFolder(dir)) if (OURS.test(name) && !sums.has(name)) remove(path.join(dir, name));
  return Object.fromEntries(sums);
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
