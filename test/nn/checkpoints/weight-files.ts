import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The bytes of a safetensors file with this header (an object, or any text) and so many bytes of data. */
export function fileOf(header: unknown, data: number | Uint8Array = 0): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, typeof data === 'number' ? Buffer.alloc(data) : data]);
}

export const f32 = (shape: readonly number[], begin: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

/** A folder of its own under the system's, for one test file. */
export const scratchFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-weights-'));
