import fs from 'node:fs';
import path from 'node:path';
import { encodeSafetensors } from '../../../src/nn/checkpoints/safetensors/index.ts';
import { readWeights } from '../../../src/nn/checkpoints/weights.ts';
import { UserError } from '../../../src/lib/errors.ts';
import { createRng } from '../../../src/lib/rng.ts';
import type { Rng } from '../../../src/lib/rng.ts';
import { fileOf } from './weight-files.ts';

export interface Outcome {
  /** Files that were read all the same: what was changed did not matter. */
  readonly read: number;
  /** Refused with one line. */
  readonly refused: number;
  /** Anything else: a crash, or a message that is not one short line. */
  readonly wrong: readonly string[];
  /** The slowest, in milliseconds. */
  readonly slowestMs: number;
  /** How much more memory was in use at the end, in bytes. */
  readonly grownBytes: number;
}

/** Reads `count` damaged folders of weights, one after another. */
export function fuzz(dir: string, count: number, seed: number): Outcome {
  const rng = createRng(seed);
  const wrong: string[] = [];
  let [read, refused, slowestMs] = [0, 0, 0];
  const before = process.memoryUsage().rss;
  for (let i = 0; i < count; i++) {
    const kind = makeFolder(dir, rng.fork(String(i)));
    const begin = performance.now();
    try {
      readWeights(dir);
      read++;
    } catch (error) {
      if (error instanceof UserError && /^[\x20-\x7e\u00a0-\uffff]{1,3000}$/.test(error.message)) refused++;
      else wrong.push(`${i} (${kind}): ${String(error).slice(0, 500)}`);
    }
    slowestMs = Math.max(slowestMs, performance.now() - begin);
  }
  return { read, refused, wrong, slowestMs, grownBytes: process.memoryUsage().rss - before };
}

const NUMBERS = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  16,
  24,
  -1,
  0.5,
  1e308,
  2 ** 31,
  2 ** 32,
  2 ** 40,
  2 ** 53,
  2 ** 53 - 1,
  2 ** 63,
  NaN,
];
const ODD: readonly unknown[] = [
  ...[
    '',
    'F32',
    'BF16',
    'F16',
    'I64',
    'BOOL',
    'F4',
    '../x',
    '/etc/passwd',
    '__proto__',
    'constructor',
    '\x1b[2J\n',
    '\u202e',
    '\ud800',
  ],
  ...[null, true, false, [], {}, [[]], [1, [2]], { a: 1 }, 'x'.repeat(5000), Array(3000).fill(1)],
  ...NUMBERS,
];
const NAMES = [
  'a',
  'h.0.w',
  '__proto__',
  'constructor',
  'toString',
  '__metadata__',
  'length',
  '',
  '\x1b[31m',
  'é',
  'a\nb',
];
const any = <T>(rng: Rng, items: readonly T[]): T => items[rng.int(items.length)]!;

/** One folder of weights with something wrong about it. Returns what. */
function makeFolder(dir: string, rng: Rng): string {
  for (const name of fs.readdirSync(dir)) fs.rmSync(path.join(dir, name));
  const kinds = { bytes, header, json, length, index };
  const kind = any(rng, Object.keys(kinds) as (keyof typeof kinds)[]);
  kinds[kind](dir, rng);
  return kind;
}

const write = (dir: string, name: string, bytes: Uint8Array | string): void =>
  fs.writeFileSync(path.join(dir, name), bytes);
const SINGLE = 'model.safetensors';

function valid(rng: Rng): Buffer {
  const shapes = [[2, 3], [4], [], [0, 5], [1, 1, 2]].slice(rng.int(4));
  const tensors = shapes.map((shape, i) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
    return [`t.${i}`, { shape, data }] as const;
  });
  return Buffer.concat([
    ...encodeSafetensors(Object.fromEntries(tensors), any(rng, ['float32', 'float16', 'bfloat16'])),
  ]);
}

/** Some bytes changed, put in, taken out or cut off. */
function bytes(dir: string, rng: Rng): void {
  let file = valid(rng);
  for (let n = 1 + rng.int(4); n > 0; n--) {
    const at = rng.int(file.length + 1);
    const random = Buffer.from(Array.from({ length: 1 + rng.int(8) }, () => rng.int(256)));
    const how = rng.int(5);
    if (how === 0 && at < file.length) file[at]! ^= 1 << rng.int(8);
    else if (how === 1) file = Buffer.concat([file.subarray(0, at), random, file.subarray(at)]);
    else if (how === 2) file = Buffer.concat([file.subarray(0, at), file.subarray(at + 1 + rng.int(16))]);
    else if (how === 3) file = Buffer.from(file.subarray(0, at));
    else file = Buffer.concat([file, random]);
  }
  write(dir, SINGLE, file);
}

/** A header of JSON in which some values and names are others. */
function header(dir: string, rng: Rng): void {
  const entries = Array.from({ length: rng.int(5) }, (_, i) => {
    const begin = i * 8;
    const entry: Record<string, unknown> = { dtype: 'F32', shape: [2], data_offsets: [begin, begin + 8] };
    if (rng.int(2) === 0) entry[any(rng, ['dtype', 'shape', 'data_offsets', 'extra', '__proto__'])] = any(rng, ODD);
    if (rng.int(3) === 0) entry.shape = Array.from({ length: rng.int(6) }, () => any(rng, NUMBERS));
    if (rng.int(3) === 0) entry.data_offsets = Array.from({ length: 1 + rng.int(3) }, () => any(rng, NUMBERS));
    if (rng.int(8) === 0) delete entry[any(rng, ['dtype', 'shape', 'data_offsets'])];
    return `${JSON.stringify(rng.int(3) === 0 ? any(rng, NAMES) : `t${i}`)}:${JSON.stringify(rng.int(8) === 0 ? any(rng, ODD) : entry)}`;
  });
  write(dir, SINGLE, fileOf(`{${entries.join(',')}}`, any(rng, [0, 8, 16, 24, 32, 33])));
}

/** A header of brackets, quotes and other syntax. */
function json(dir: string, rng: Rng): void {
  const parts = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '"a"',
    '"\\u0061"',
    '1e999',
    '-',
    'null',
    ' ',
    '\u0000',
    '"dtype"',
    '"F32"',
    '{"a":',
    '"shape":[',
    '"data_offsets":[0,4]',
  ];
  const text = Array.from({ length: rng.int(60) }, () => any(rng, parts)).join('');
  const long = any(rng, [
    '',
    '',
    '',
    '['.repeat(20_000),
    '"a":'.repeat(5000),
    '{"a":'.repeat(3),
    '\\'.repeat(9999),
    `"${'a'.repeat(50_000)}`,
  ]);
  write(dir, SINGLE, fileOf(rng.int(2) === 0 ? long + text : text + long, rng.int(16)));
}

/** A length of the header that is not its. */
function length(dir: string, rng: Rng): void {
  const file = valid(rng);
  const value = any(rng, [
    0n,
    1n,
    7n,
    BigInt(file.length - 8),
    BigInt(file.length - 7),
    2n ** 24n,
    2n ** 32n,
    2n ** 53n,
    2n ** 63n,
    2n ** 64n - 1n,
  ]);
  file.writeBigUInt64LE(rng.int(2) === 0 ? value : BigInt(rng.int(file.length + 50)));
  write(dir, SINGLE, file.subarray(0, rng.int(3) === 0 ? rng.int(file.length + 1) : file.length));
}

/** Two shards, and an index with something wrong. */
function index(dir: string, rng: Rng): void {
  const shards = ['one.safetensors', 'two.safetensors'];
  const data = Float32Array.of(1, 2);
  for (const [i, shard] of shards.entries())
    write(dir, shard, Buffer.concat([...encodeSafetensors({ [`t${i}`]: { shape: [2], data } })]));
  const map = ['t0', 't1', 't2'].slice(0, 1 + rng.int(3)).map((name, i) => {
    const key = rng.int(4) === 0 ? any(rng, NAMES) : name;
    return `${JSON.stringify(key)}:${JSON.stringify(rng.int(3) === 0 ? any(rng, ODD) : shards[i % 2])}`;
  });
  let text = `{"metadata":${JSON.stringify(any(rng, ODD))},"weight_map":{${map.join(',')}}}`;
  for (let n = rng.int(3); n > 0; n--) {
    const at = rng.int(text.length);
    text = text.slice(0, at) + any(rng, ['', '"', '{', '[', ',', '\u0000', 'x']) + text.slice(at + rng.int(3));
  }
  write(dir, 'model.safetensors.index.json', text);
}
