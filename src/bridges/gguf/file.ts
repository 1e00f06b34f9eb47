import path from 'node:path';
import { GGMLQuantizationType, gguf } from '@huggingface/gguf';
import { messageOf, quoted, UserError } from '../../lib/errors.ts';
import { withOpenFile } from '../../lib/files.ts';
import type { OpenFile } from '../../lib/files.ts';
import { sizeOf } from '../../nn/checkpoints/safetensors/header.ts';
import { dequantize, quantizations } from './quantizations.ts';
import type { QuantizationName } from './quantizations.ts';

export type Metadata = Readonly<Record<string, unknown>>;

/** A tensor in the file. */
export interface Entry {
  /** Rows first, as everywhere else; the file has the innermost first. */
  readonly shape: readonly number[];
  readonly type: QuantizationName;
  /** Bytes from the file's beginning. */
  readonly begin: number;
}

/** What a GGUF file says before its tensors, and their places. */
export interface Header {
  readonly metadata: Metadata;
  readonly entries: ReadonlyMap<string, Entry>;
}

const corrupt = (file: string, problem: string): UserError =>
  new UserError(`corrupt GGUF file ${file}: ${problem}; get it again`);

/** @throws UserError where the file is no whole GGUF file, or holds weights of a type that is not read here. */
export async function readHeader(file: string): Promise<Header> {
  const hint = 'give a GGUF file, or the folder of a checkpoint';
  const bytes = withOpenFile(file, hint, (open) => {
    const magic = new Uint8Array(Math.min(4, open.bytes));
    open.read(magic, 0);
    if (new TextDecoder().decode(magic) !== 'GGUF')
      throw new UserError(`${file} is not a GGUF file: it does not begin with the letters GGUF; ${hint}`);
    return open.bytes;
  });
  const read = await gguf(path.resolve(file), { allowLocalFile: true }).catch((error: unknown) => {
    throw corrupt(file, messageOf(error));
  });
  if (!read.littleEndian) throw new UserError(`${file} is a big-endian GGUF file; convert it for this machine`);
  const metadata = Object.fromEntries(Object.entries(read.metadata).map(([key, value]) => [key, inNumbers(value)]));
  if (Number(metadata['split.count'] ?? 0) > 1)
    throw new UserError(`${file} is one of several parts; join them with llama.cpp's llama-gguf-split --merge`);
  const entries = new Map<string, Entry>();
  for (const { name, shape: innermostFirst, dtype, offset } of read.tensorInfos) {
    if (name === '') throw corrupt(file, 'it ends within its header');
    const type = GGMLQuantizationType[dtype] ?? `type ${dtype}`;
    const shape = innermostFirst.map(Number).reverse();
    if (!isRead(type))
      throw new UserError(
        `${file}: ${quoted(name)} is ${type}; read here are ${Object.keys(quantizations).join(', ')}: get another file of this model`,
      );
    if (entries.has(name)) throw corrupt(file, `it has ${quoted(name)} twice`);
    const entry = { shape, type, begin: Number(read.tensorDataOffset + offset) };
    if (shape.length === 0 || sizeOf(shape) === 0) throw corrupt(file, `${quoted(name)} holds nothing`);
    if (shape.at(-1)! % quantizations[type].values !== 0)
      throw corrupt(file, `${quoted(name)} is ${type} and has ${shape.at(-1)} values in a row`);
    if (entry.begin + bytesOf(entry) > bytes) throw corrupt(file, `it ends before ${quoted(name)} does`);
    entries.set(name, entry);
  }
  return { metadata, entries };
}

/** Whole numbers of 64 bits as numbers: nothing here is as large as 2^53. */
const inNumbers = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);

const isRead = (type: string): type is QuantizationName => Object.hasOwn(quantizations, type);

const bytesOf = ({ shape, type }: Entry): number =>
  (sizeOf(shape) / quantizations[type].values) * quantizations[type].bytes;

/** How many blocks are turned into float32 at a time. */
const BLOCKS = 2 ** 14;

/** One tensor's values. */
export function readTensor(open: OpenFile, entry: Entry): Float32Array {
  const { values, bytes } = quantizations[entry.type];
  const into = new Float32Array(sizeOf(entry.shape));
  for (let block = 0; block * values < into.length; block += BLOCKS) {
    const part = into.subarray(block * values, (block + BLOCKS) * values);
    const raw = new Uint8Array((part.length / values) * bytes);
    open.read(raw, entry.begin + block * bytes);
    dequantize(entry.type, raw, part);
  }
  return into;
}
