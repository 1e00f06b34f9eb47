import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeSafetensors } from '../../../src/nn/checkpoints/safetensors/index.ts';
import { listWeights, readWeights, writeWeights } from '../../../src/nn/checkpoints/weights.ts';
import { createRng } from '../../../src/lib/rng.ts';
import type { Parameters } from '../../../src/nn/models/index.ts';
import { f32, fileOf, scratchFolder } from './weight-files.ts';

let dir: string;
beforeEach(() => {
  dir = scratchFolder();
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const at = (name: string): string => path.join(dir, name);
const rng = createRng(3);
const tensor = (...shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
});
const parameters: Parameters = {
  a: tensor(10, 10),
  b: tensor(30),
  'c.weight': tensor(10, 20),
  d: tensor(),
  e: tensor(0),
};
const INDEX = 'model.safetensors.index.json';

describe('weights', () => {
  it('are one file where they fit into one', () => {
    writeWeights(dir, parameters);
    expect(fs.readdirSync(dir)).toEqual(['model.safetensors']);
    expect(readWeights(dir)).toEqual(parameters);
  });

  it('are shards and an index above a size, each within it or of one tensor', () => {
    writeWeights(dir, parameters, { maxShardBytes: 520 });
    const names = [
      'model-00001-of-00003.safetensors',
      'model-00002-of-00003.safetensors',
      'model-00003-of-00003.safetensors',
    ];
    expect(fs.readdirSync(dir)).toEqual([...names, INDEX]);
    const index = JSON.parse(fs.readFileSync(at(INDEX), 'utf8')) as { metadata: object; weight_map: object };
    expect(index.metadata).toEqual({ total_size: 4 * 331 });
    expect(index.weight_map).toEqual({ a: names[0], b: names[0], 'c.weight': names[1], d: names[2], e: names[2] });
    expect(readWeights(dir)).toEqual(parameters);
    writeWeights(dir, parameters);
    expect(fs.readdirSync(dir)).toEqual(['model.safetensors']);
  });

  it.each([
    ['float16', 2 ** -11],
    ['bfloat16', 2 ** -8],
  ] as const)('lose no more than half a last place as %s', (dtype, relative) => {
    writeWeights(dir, parameters, { dtype, maxShardBytes: 300 });
    expect(Object.values(listWeights(dir)).map((entry) => entry.dtype)).toEqual(
      Array(5).fill(dtype === 'float16' ? 'F16' : 'BF16'),
    );
    const back = readWeights(dir);
    for (const [name, { shape, data }] of Object.entries(parameters)) {
      expect(back[name]!.shape).toEqual(shape);
      data.forEach((value, i) =>
        expect(Math.abs(back[name]!.data[i]! - value)).toBeLessThanOrEqual(Math.abs(value) * relative + 2 ** -25),
      );
    }
  });

  it('are read and written piece by piece', () => {
    const long = { long: tensor(1_200_000) };
    writeWeights(dir, long, { dtype: 'bfloat16' });
    const { data } = readWeights(dir).long!;
    expect(data).toHaveLength(1_200_000);
    for (const i of [0, 524_287, 524_288, 1_048_576, 1_199_999])
      expect(Math.abs(data[i]! - long.long.data[i]!)).toBeLessThanOrEqual(Math.abs(long.long.data[i]!) * 2 ** -8);
  });

  it('beyond float16 are not written as infinite', () => {
    const big = { w: { shape: [2], data: Float32Array.of(Infinity, 70_000) } };
    expect(() => writeWeights(dir, big, { dtype: 'float16' })).toThrow(
      'w holds 70000, and float16 ends at 65504; use bfloat16',
    );
    expect(fs.readdirSync(dir)).toEqual([]);
    writeWeights(dir, { w: { shape: [1], data: Float32Array.of(Infinity) } }, { dtype: 'float16' });
    expect(readWeights(dir).w!.data[0]).toBe(Infinity);
  });

  it('too large for this machine are refused from their headers', () => {
    const bytes = 2 ** 42;
    fs.writeFileSync(
      at('model.safetensors'),
      fileOf({ a: { dtype: 'BF16', shape: [2 ** 41], data_offsets: [0, bytes] } }),
    );
    const { size } = fs.statSync(at('model.safetensors'));
    try {
      fs.truncateSync(at('model.safetensors'), size + bytes);
    } catch {
      return; // a disk without sparse files of that size
    }
    expect(() => readWeights(dir)).toThrow(/are too large: 8192\.0 GiB as float32, and this machine has/);
  });
});

describe('a folder of weights', () => {
  const shard = (name: string, tensors: Parameters): void =>
    fs.writeFileSync(at(name), Buffer.concat([...encodeSafetensors(tensors)]));
  const index = (value: unknown): void =>
    fs.writeFileSync(at(INDEX), typeof value === 'string' ? value : JSON.stringify(value));
  const a = { a: tensor(2) };
  const b = { b: tensor(2) };
  const two = (map: Record<string, unknown>): void => {
    shard('one.safetensors', a);
    shard('two.safetensors', b);
    index({ metadata: {}, weight_map: map });
  };

  it('may name its shards as it likes', () => {
    two({ a: 'one.safetensors', b: 'two.safetensors' });
    expect(readWeights(dir)).toEqual({ ...a, ...b });
  });

  it('with pickles alone says what to do', () => {
    fs.writeFileSync(at('pytorch_model.bin'), 'x');
    expect(() => readWeights(dir)).toThrow(
      /^\S*pytorch_model\.bin is a pickle, which can run code .*; convert it: .*save_pretrained/,
    );
  });

  it.each([
    '../evil.safetensors',
    '/etc/evil.safetensors',
    'sub/evil.safetensors',
    '..\\evil.safetensors',
    '.safetensors',
    '..safetensors',
    'pytorch_model.bin',
    '',
    3,
    null,
    ['one.safetensors'],
  ])('whose index names %j is refused', (name) => {
    two({ a: 'one.safetensors', b: name });
    expect(() => readWeights(dir)).toThrow(
      /^corrupt index .*: b is in .*, which is not the name of a \.safetensors file/,
    );
  });

  it.each([
    [
      'a shard that is not there',
      { a: 'one.safetensors', b: 'three.safetensors' },
      /names files that are not there: three/,
    ],
    [
      'a tensor that is not there',
      { a: 'one.safetensors', b: 'two.safetensors', c: 'two.safetensors' },
      /two\.safetensors is not what .*: it lacks c;/,
    ],
    [
      'a tensor elsewhere',
      { a: 'two.safetensors', b: 'two.safetensors' },
      /two\.safetensors is not what .*: it lacks a;/,
    ],
    [
      'not all tensors',
      { a: 'one.safetensors', c: 'two.safetensors' },
      /it lacks c; it holds b, which the index does not place there/,
    ],
  ])('whose index names %s is refused', (_, map, message) => {
    two(map);
    expect(() => readWeights(dir)).toThrow(message);
  });

  it.each([
    ['nothing', '', /corrupt index .*: it is not JSON/],
    ['a list', '[]', /it has no weight_map/],
    ['an empty map', '{"weight_map":{}}', /it has no weight_map/],
    ['a key twice', '{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}', /it names "a" twice/],
    ['deep brackets', '['.repeat(1e6), /it is nested deeper/],
    [
      'too many files',
      JSON.stringify({
        weight_map: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`t${i}`, `s${i}.safetensors`])),
      }),
      /the files that it names: 1001 is too large; at most 1000/,
    ],
    ['too many bytes', ' '.repeat(17 * 2 ** 20), /its bytes: 17 MB is too large; at most 16 MB/],
  ])('whose index holds %s is refused', (_, text, message) => {
    index(text);
    expect(() => readWeights(dir)).toThrow(message);
  });

  it('whose files are links out of it is refused', () => {
    const outside = scratchFolder();
    writeWeights(outside, a);
    fs.symlinkSync(path.join(outside, 'model.safetensors'), at('model.safetensors'));
    expect(() => readWeights(dir)).toThrow(/model\.safetensors is a link that leads out of its folder, to /);
    fs.rmSync(at('model.safetensors'));
    fs.symlinkSync(path.join(outside, 'model.safetensors'), at('one.safetensors'));
    index({ weight_map: { a: 'one.safetensors' } });
    expect(() => readWeights(dir)).toThrow(/one\.safetensors is a link that leads out of its folder/);
    fs.rmSync(at('one.safetensors'));
    fs.mkdirSync(at('one.safetensors'));
    expect(() => readWeights(dir)).toThrow(/one\.safetensors: it is a folder; give a file/);
    fs.rmSync(outside, { recursive: true });
  });

  it('in the cache of Python’s hub client holds links to its blobs', () => {
    const snapshot = at('models--o--n/snapshots/abc');
    fs.mkdirSync(snapshot, { recursive: true });
    fs.mkdirSync(at('models--o--n/blobs'));
    writeWeights(at('models--o--n/blobs'), a);
    fs.symlinkSync('../../blobs/model.safetensors', path.join(snapshot, 'model.safetensors'));
    expect(readWeights(snapshot)).toEqual(a);
  });

  it('says which of its files is damaged', () => {
    two({ a: 'one.safetensors', b: 'two.safetensors' });
    fs.writeFileSync(at('two.safetensors'), fileOf({ b: f32([2], 0, 8) }, 7));
    expect(() => readWeights(dir)).toThrow(/corrupt safetensors file .*two\.safetensors: it is cut off/);
  });
});
