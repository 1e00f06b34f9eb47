import { UserError } from '../../../lib/errors.ts';
import type { Parameters } from '../../models/index.ts';
import { DTYPE, narrow } from './floats.ts';
import type { FloatType } from './floats.ts';
import { sizeOf } from './header.ts';

/** How many values are converted at a time. */
const CHUNK = 2 ** 19;

export const bytesOnDisk = (shape: readonly number[], type: FloatType): number =>
  sizeOf(shape) * (type === 'float32' ? 4 : 2);

/**
 * The file as chunks to be written one after another: the header, then the tensors, float32 as views of their own memory,
 * others converted piece by piece as they are asked for.
 * @throws UserError where a finite value is beyond float16's range.
 */
export function encodeSafetensors(tensors: Parameters, type: FloatType = 'float32'): Iterable<Uint8Array> {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let at = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (sizeOf(shape) !== data.length)
      throw new RangeError(`${name}: shape [${shape.join(', ')}] does not hold ${data.length} values`);
    header[name] = { dtype: DTYPE[type], shape, data_offsets: [at, (at += bytesOnDisk(shape, type))] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(text, 8);
  return {
    *[Symbol.iterator]() {
      yield head;
      for (const [name, { data }] of Object.entries(tensors)) yield* encodeTensor(name, data, type);
    },
  };
}

/** One tensor's values, piece by piece. @throws UserError as `encodeSafetensors` does. */
export function* encodeTensor(name: string, data: Float32Array, type: FloatType): Generator<Uint8Array> {
  if (type === 'float32') {
    yield bytesOf(data);
    return;
  }
  for (let at = 0; at < data.length; at += CHUNK) {
    const part = data.subarray(at, at + CHUNK);
    const halves = narrow(part, type);
    const beyond =
      type === 'float16' ? part.findIndex((v, i) => (halves[i]! & 0x7fff) === 0x7c00 && Number.isFinite(v)) : -1;
    if (beyond >= 0)
      throw new UserError(`${name} holds ${part[beyond]}, and float16 ends at 65504; use bfloat16 or float32`);
    yield bytesOf(halves);
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
