import { pathOf, withOpenFile } from '../../../lib/files.ts';
import type { FileRef, OpenFile } from '../../../lib/files.ts';
import { quoted, UserError } from '../../../lib/errors.ts';
import type { Parameters } from '../../models/index.ts';
import { widen } from './floats.ts';
import { readHeader, sizeOf } from './header.ts';
import type { Entry } from './header.ts';

export interface ReadOptions {
  /** Ends the message where the file is missing. */
  readonly hint?: string;
  /** Names of tensors that are not wanted, such as masks; their data is not read and may be of any type. */
  readonly skip?: (name: string) => boolean;
}

/** How many values are converted at a time. */
const CHUNK = 2 ** 19;

/**
 * Tensors by name, as float32: F16 and BF16 are widened. Every tensor is read on its own, straight into the memory that it
 * keeps, so that a file needs no more memory than its tensors as float32.
 * @throws UserError listing everything that is wrong with the file.
 */
export function readSafetensors(ref: FileRef, { hint, skip = () => false }: ReadOptions = {}): Parameters {
  const file = pathOf(ref);
  return withOpenFile(ref, hint, (open) => {
    const { entries, dataStart } = readHeader(open.bytes, (at, length) => bytesAt(open, at, length), file);
    const wanted = [...entries].filter(([name]) => !skip(name));
    return Object.fromEntries(
      wanted.map(([name, entry]) => {
        const data = readTensor(open, dataStart + entry.begin, entry);
        if (data) return [name, { shape: entry.shape, data }];
        throw new UserError(`${file}: ${quoted(name)} is ${entry.dtype}; weights are F32, F16 or BF16: convert it`);
      }),
    );
  });
}

/** What a file holds, from its header alone. */
export const listSafetensors = (file: string, hint?: string): ReadonlyMap<string, Entry> =>
  withOpenFile(file, hint, (open) => readHeader(open.bytes, (at, length) => bytesAt(open, at, length), file).entries);

function bytesAt(open: OpenFile, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  open.read(bytes, at);
  return bytes;
}

function readTensor(open: OpenFile, start: number, { dtype, shape }: Entry): Float32Array | undefined {
  if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') return undefined;
  const data = new Float32Array(sizeOf(shape));
  if (dtype === 'F32') {
    open.read(new Uint8Array(data.buffer), start);
    return data;
  }
  const halves = new Uint16Array(Math.min(CHUNK, data.length));
  for (let at = 0; at < data.length; at += CHUNK) {
    const part = halves.subarray(0, data.length - at);
    open.read(new Uint8Array(part.buffer, 0, part.byteLength), start + 2 * at);
    widen(part, dtype, data, at);
  }
  return data;
}
