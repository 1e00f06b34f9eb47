import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, expectTensors } from '../../src/checkpoints/safetensors.ts';

const joined = (chunks: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(chunks));

/** A file with this header and so many bytes of data. */
function fileOf(header: unknown, dataBytes: number): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return joined([length, text, Buffer.alloc(dataBytes)]);
}
const f32 = (shape: number[], begin: number, end: number) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

describe('safetensors', () => {
  const tensors = {
    'b.weight': { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, NaN, Infinity, -0) },
    a: { shape: [], data: Float32Array.of(7) },
    empty: { shape: [0, 4], data: new Float32Array(0) },
  };

  it('come back bit for bit, as views of the file', () => {
    const file = joined(encodeSafetensors(tensors));
    const back = decodeSafetensors(file, 'x');
    expect(back).toEqual(tensors);
    expect(Object.is(back['b.weight']!.data[5], -0)).toBe(true);
    expect(back['b.weight']!.data.buffer).toBe(file.buffer);
  });

  it('have the layout that the format asks for', () => {
    const file = Buffer.from(joined(encodeSafetensors({ a: { shape: [1], data: Float32Array.of(1) } })));
    const header = '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(file.readBigUInt64LE()).toBe(BigInt(padded.length));
    expect(file.subarray(8, 8 + padded.length).toString()).toBe(padded);
    expect(file.subarray(8 + padded.length)).toEqual(Buffer.of(0, 0, 0x80, 0x3f));
  });

  it('are read where nothing is aligned', () => {
    const file = joined(encodeSafetensors(tensors));
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    expect(decodeSafetensors(shifted.subarray(1), 'x')).toEqual(tensors);
  });

  it('widen F16 and BF16', () => {
    const halves = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x7c00, 0xfc00, 0x7e00, 0x8000, 0x3555];
    const brains = [0x3f80, 0xc000, 0x7f80, 0x7fc0, 0x0001];
    const data = Uint16Array.from([...halves, ...brains]);
    const header = {
      h: { dtype: 'F16', shape: [10], data_offsets: [0, 20] },
      b: { dtype: 'BF16', shape: [5], data_offsets: [20, 30] },
    };
    const file = fileOf(header, data.byteLength);
    file.set(new Uint8Array(data.buffer), file.length - data.byteLength);
    const { h, b } = decodeSafetensors(file, 'x');
    const third = 0.333251953125;
    expect([...h!.data]).toEqual([1, -2, 65504, 2 ** -24, 1023 * 2 ** -24, Infinity, -Infinity, NaN, -0, third]);
    expect([...b!.data]).toEqual([1, -2, Infinity, NaN, 2 ** -133]);
  });

  it('cut off anywhere are refused', () => {
    const file = joined(encodeSafetensors(tensors));
    for (let length = 0; length < file.length; length++)
      expect(() => decodeSafetensors(file.subarray(0, length), 'x.safetensors')).toThrow(
        /^corrupt safetensors file x\.safetensors: it (has \d bytes, too few|is cut off)/,
      );
  });

  it.each([
    ['a huge header', joined([Buffer.alloc(8, 0xff), Buffer.alloc(99)]), 'its first 8 bytes are not the length'],
    ['no JSON', fileOf('{"a"', 0), 'its header is not JSON'],
    ['a list', fileOf('3', 0), 'its header is not an object'],
    ['an odd entry', fileOf({ a: { dtype: 'F32' } }, 4), 'its header does not describe a'],
    ['a negative offset', fileOf({ a: f32([1], -4, 0) }, 4), 'its header does not describe a'],
    ['a strange dtype', fileOf({ a: { dtype: 'F64', shape: [1], data_offsets: [0, 8] } }, 8), 'a is F64, not one of'],
    ['a false size', fileOf({ a: f32([3], 0, 8) }, 8), 'a has 8 bytes where F32 [3] needs 12'],
    ['a backward range', fileOf({ a: f32([1], 4, 0) }, 4), 'a has -4 bytes where F32 [1] needs 4'],
    ['an overlap', fileOf({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), 'b overlaps the tensor before it'],
    ['a hole', fileOf({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), '4 bytes before b belong to no tensor'],
    ['a tail', fileOf({ a: f32([1], 0, 4) }, 9), '5 bytes at its end belong to no tensor'],
  ])('with %s are refused', (_, file, message) => {
    expect(() => decodeSafetensors(file, 'x')).toThrow(message);
  });

  it('all problems with names and shapes are told at once', () => {
    const expected = { a: { shape: [2] }, 'b.weight': { shape: [2, 3] }, c: { shape: [1] } };
    expect(() => expectTensors(tensors, expected, 'x')).toThrow(
      'x does not fit the model that config.json describes: wrong shapes: a is [], not [2]; missing: c; unknown: empty',
    );
    expect(() => encodeSafetensors({ a: { shape: [2], data: new Float32Array(3) } })).toThrow(RangeError);
  });
});
