import { UserError } from '../lib/errors.ts';
import type { Parameters } from '../models/index.ts';

/**
 * The safetensors format (https://github.com/huggingface/safetensors#format): the header's length (u64, little
 * endian), a JSON header `{ name: { dtype, shape, data_offsets: [begin, end] } }` padded with spaces to 8 bytes, and
 * the data, without holes. Every machine that Node.js runs on is little endian.
 */
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const WIDTH: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 };
/** What the reference implementation accepts. */
const MAX_HEADER = 100_000_000;

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);
const bytesOf = (data: Float32Array): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** The file as chunks to be written one after another: the header, then views of the tensors' own memory, uncopied. */
export function encodeSafetensors(tensors: Parameters): Uint8Array[] {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let at = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (sizeOf(shape) !== data.length)
      throw new RangeError(`${name}: shape [${shape.join(', ')}] does not hold ${data.length} values`);
    header[name] = { dtype: 'F32', shape, data_offsets: [at, (at += data.byteLength)] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(text, 8);
  return [head, ...Object.values(tensors).map(({ data }) => bytesOf(data))];
}

/**
 * Tensors by name, as float32 (F16 and BF16 are widened). Aligned F32 data is a view of `bytes`, uncopied.
 * @param file named in errors.
 * @throws UserError listing everything that is wrong with the file.
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Parameters {
  const { entries, data } = readHeader(bytes, file);
  const problems = layoutProblems(entries, data.length);
  if (problems.length > 0) throw corrupt(file, problems.join('; '));
  return Object.fromEntries(
    Object.entries(entries).map(([name, { dtype, shape, begin, end }]) => [
      name,
      { shape, data: widen(data.subarray(begin, end), dtype) },
    ]),
  );
}

/**
 * @throws UserError listing every missing, unknown and wrongly shaped tensor.
 */
export function expectTensors(
  tensors: Parameters,
  expected: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  file: string,
): void {
  const list = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
  const wrong = Object.entries(expected).flatMap(([name, { shape }]) => {
    const found = tensors[name]?.shape;
    return found && list(found) !== list(shape) ? [`${name} is ${list(found)}, not ${list(shape)}`] : [];
  });
  const missing = Object.keys(expected).filter((name) => tensors[name] === undefined);
  const unknown = Object.keys(tensors).filter((name) => expected[name] === undefined);
  const problems = [
    ...(wrong.length > 0 ? [`wrong shapes: ${some(wrong)}`] : []),
    ...(missing.length > 0 ? [`missing: ${some(missing)}`] : []),
    ...(unknown.length > 0 ? [`unknown: ${some(unknown)}`] : []),
  ];
  if (problems.length === 0) return;
  throw new UserError(`${file} does not fit the model that config.json describes: ${problems.join('; ')}`);
}

const some = (items: readonly string[]): string =>
  items.slice(0, 6).join(', ') + (items.length > 6 ? ` and ${items.length - 6} more` : '');

const corrupt = (file: string, problem: string): UserError =>
  new UserError(`corrupt safetensors file ${file}: ${problem}; restore it from a copy, or delete it and make it again`);

function readHeader(bytes: Uint8Array, file: string): { entries: Record<string, Entry>; data: Uint8Array } {
  if (bytes.length < 8) throw corrupt(file, `it has ${bytes.length} bytes, too few for a header`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER) throw corrupt(file, 'its first 8 bytes are not the length of a header');
  if (8 + length > bytes.length) throw corrupt(file, 'it is cut off inside its header');
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch {
    throw corrupt(file, 'its header is not JSON');
  }
  if (typeof header !== 'object' || header === null) throw corrupt(file, 'its header is not an object');
  const entries: Record<string, Entry> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const entry = parseEntry(value);
    if (entry === undefined) throw corrupt(file, `its header does not describe ${name}`);
    entries[name] = entry;
  }
  return { entries, data: bytes.subarray(8 + length) };
}

function parseEntry(value: unknown): Entry | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('dtype' in value && 'shape' in value && 'data_offsets' in value)) return undefined;
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) return undefined;
  const [begin = 0, end = 0] = offsets;
  return { dtype, shape, begin, end };
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

/** Offsets must tile the data exactly: in order, without holes, overlaps or a tail. */
function layoutProblems(entries: Readonly<Record<string, Entry>>, size: number): string[] {
  const problems: string[] = [];
  let at = 0;
  for (const [name, entry] of Object.entries(entries).sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    const { dtype, shape, begin, end } = entry;
    const width = WIDTH[dtype];
    if (width === undefined) problems.push(`${name} is ${dtype}, not one of ${Object.keys(WIDTH).join(', ')}`);
    else if (sizeOf(shape) * width !== end - begin)
      problems.push(`${name} has ${end - begin} bytes where ${dtype} [${shape.join(', ')}] needs ${sizeOf(shape) * width}`);
    if (begin < at) problems.push(`${name} overlaps the tensor before it`);
    if (begin > at) problems.push(`${begin - at} bytes before ${name} belong to no tensor`);
    at = Math.max(at, end);
  }
  if (at > size) return [`it is cut off: ${size} bytes of data where its header promises ${at}`, ...problems];
  return at < size ? [...problems, `${size - at} bytes at its end belong to no tensor`] : problems;
}

function widen(bytes: Uint8Array, dtype: string): Float32Array {
  if (dtype === 'F32' && bytes.byteOffset % 4 === 0)
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const copy = bytes.slice().buffer;
  if (dtype === 'F32') return new Float32Array(copy);
  const halves = new Uint16Array(copy);
  if (dtype === 'F16') return Float32Array.from(halves, halfToFloat);
  // BF16 is the upper half of a float32.
  return new Float32Array(Uint32Array.from(halves, (h) => h << 16).buffer);
}

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function halfToFloat(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 0x1f;
  const fraction = h & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}
