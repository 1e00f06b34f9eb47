import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  encodeSafetensors,
  expectTensors,
  listSafetensors,
  readSafetensors,
} from '../../../src/nn/checkpoints/safetensors/index.ts';
import type { Parameters } from '../../../src/nn/models/index.ts';
import { f32, fileOf, scratchFolder } from './weight-files.ts';

const dir = scratchFolder();
afterAll(() => fs.rmSync(dir, { recursive: true }));

const read = (bytes: Uint8Array, skip?: (name: string) => boolean): Parameters => {
  const file = path.join(dir, 'x.safetensors');
  fs.writeFileSync(file, bytes);
  return readSafetensors(file, skip && { skip });
};
const encoded = (tensors: Parameters): Buffer => Buffer.concat([...encodeSafetensors(tensors)]);

describe('safetensors', () => {
  const tensors = {
    'b.weight': { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, NaN, Infinity, -0) },
    a: { shape: [], data: Float32Array.of(7) },
    empty: { shape: [0, 4], data: new Float32Array(0) },
  };

  it('come back bit for bit', () => {
    const back = read(encoded(tensors));
    expect(back).toEqual(tensors);
    expect(Object.is(back['b.weight']!.data[5], -0)).toBe(true);
  });

  it('have the layout that the format asks for', () => {
    const file = encoded({ a: { shape: [1], data: Float32Array.of(1) } });
    const header = '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(file.readBigUInt64LE()).toBe(BigInt(padded.length));
    expect(file.subarray(8, 8 + padded.length).toString()).toBe(padded);
    expect(file.subarray(8 + padded.length)).toEqual(Buffer.of(0, 0, 0x80, 0x3f));
  });

  it('are read where nothing is aligned', () => {
    const file = fileOf(`${JSON.stringify({ a: f32([1], 0, 4) })} `, new Uint8Array(Float32Array.of(7).buffer));
    expect(file.length % 2).toBe(1);
    expect(read(file).a!.data).toEqual(Float32Array.of(7));
  });

  it('are listed from their headers, in the order of the data', () => {
    const header = { b: f32([1], 4, 8), a: { dtype: 'I32', shape: [1], data_offsets: [0, 4] } };
    fs.writeFileSync(path.join(dir, 'list.safetensors'), fileOf(header, 8));
    const listed = [...listSafetensors(path.join(dir, 'list.safetensors'))];
    expect(listed.map(([name, { dtype }]) => [name, dtype])).toEqual([
      ['a', 'I32'],
      ['b', 'F32'],
    ]);
  });

  it('may hold other types where they are not wanted', () => {
    const header = { mask: { dtype: 'BOOL', shape: [3], data_offsets: [0, 3] }, w: f32([1], 3, 7) };
    expect(Object.keys(read(fileOf(header, 7), (name) => name === 'mask'))).toEqual(['w']);
    expect(() => read(fileOf(header, 7))).toThrow('mask is BOOL; weights are F32, F16 or BF16: convert it');
  });

  it('cut off anywhere are refused', () => {
    const file = encoded(tensors);
    for (let length = 0; length < file.length; length++)
      expect(() => read(file.subarray(0, length))).toThrow(
        /^corrupt safetensors file .*x\.safetensors: it (has \d bytes, too few|is cut off)/,
      );
  });

  const odd = (value: unknown): Buffer => fileOf({ a: value }, 4);
  it.each([
    ['a huge header', Buffer.concat([Buffer.alloc(8, 0xff), Buffer.alloc(99)]), 'its first 8 bytes are not the length'],
    ['no JSON', fileOf('{"a"'), 'its header is not JSON'],
    ['no text', fileOf(Buffer.of(0x7b, 0xff, 0x7d).toString('latin1')), 'its header is not JSON'],
    ['a number', fileOf('3'), 'its header is not an object'],
    ['a list', fileOf('[]'), 'its header is not an object'],
    ['brackets without end', fileOf('['.repeat(1e6)), 'its header is nested deeper than 3 levels'],
    ['a name twice', fileOf('{"a":{},"\\u0061":{}}'), 'its header names "a" twice'],
    ['a field twice', fileOf('{"a":{"dtype":"F32","dtype":"F16"}}'), 'its header names "dtype" twice'],
    ['strange metadata', fileOf({ __metadata__: { a: 1 } }), 'its __metadata__ is not'],
    [
      'a dangerous name',
      fileOf('{"__proto__":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}'),
      'describe __proto__',
    ],
    ['an odd entry', odd({ dtype: 'F32' }), 'its header does not describe a'],
    ['a negative offset', odd(f32([1], -4, 0)), 'its header does not describe a'],
    ['an offset that is no number', odd({ ...f32([1], 0, 4), data_offsets: ['0', 4] }), 'does not describe a'],
    ['a size beyond 2^53', odd(f32([2 ** 53], 0, 4)), 'its header does not describe a'],
    ['a hundred dimensions', odd(f32(Array<number>(100).fill(1), 0, 4)), 'its header does not describe a'],
    ['a product beyond 2^53', odd(f32([2 ** 40, 2 ** 40], 0, 4)), 'a has 4 bytes where F32'],
    ['a product that wraps to 4 in 64 bits', odd(f32([2 ** 32 + 1, 2 ** 32 - 1, 2 ** 32 + 1], 0, 4)), 'a has 4 bytes'],
    ['a strange dtype', odd({ dtype: 'F4', shape: [8], data_offsets: [0, 4] }), 'a is F4, not one of'],
    ['an inherited dtype', odd({ dtype: 'toString', shape: [1], data_offsets: [0, 4] }), 'a is toString, not one of'],
    ['a false size', fileOf({ a: f32([3], 0, 8) }, 8), 'a has 8 bytes where F32 [3] needs 12'],
    ['a backward range', odd(f32([1], 4, 0)), 'a has -4 bytes where F32 [1] needs 4'],
    ['an overlap', fileOf({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), 'b overlaps the tensor before it'],
    ['a hole', fileOf({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), '4 bytes before b belong to no tensor'],
    ['a tail', fileOf({ a: f32([1], 0, 4) }, 9), '5 bytes at its end belong to no tensor'],
    ['data beyond the end', fileOf({ a: f32([2 ** 30], 0, 2 ** 32) }, 9), 'it is cut off: 9 bytes of data where'],
  ])('with %s are refused', (_, file, message) => {
    expect(() => read(file)).toThrow(message);
  });

  it('with terminal codes in their names are quoted', () => {
    expect(() => read(fileOf({ 'a\x1b[2J\n\u202e': f32([3], 0, 8) }, 8))).toThrow(/"a\\u001b\[2J\\n\\u202e" has 8/);
  });

  it('all problems with names and shapes are told at once', () => {
    const expected = { a: { shape: [2] }, 'b.weight': { shape: [2, 3] }, c: { shape: [1] } };
    expect(() => expectTensors(tensors, expected, 'x')).toThrow(
      'x does not fit the model that config.json describes: wrong shapes: a is [], not [2]; missing: c; unknown: empty',
    );
    expect(() => expectTensors({}, { toString: { shape: [1] } }, 'x')).toThrow('missing: toString');
    expect(() => encoded({ a: { shape: [2], data: new Float32Array(3) } })).toThrow(RangeError);
  });
});
