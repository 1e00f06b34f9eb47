import { CAPS } from '../../../lib/caps.ts';
import { quoted, UserError } from '../../../lib/errors.ts';
import { parseStrictJson } from './json.ts';

/**
 * The safetensors format (https://github.com/huggingface/safetensors#format): the header's length (u64, little
 * endian), a JSON header `{ name: { dtype, shape, data_offsets: [begin, end] } }` padded with spaces to 8 bytes, and
 * the data, without holes. Every machine that Node.js runs on is little endian.
 */
export interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** Bytes an element. */
const WIDTH: Readonly<Record<string, number>> = {
  ...{ F64: 8, I64: 8, U64: 8, F32: 4, I32: 4, U32: 4, F16: 2, BF16: 2, I16: 2, U16: 2 },
  ...{ I8: 1, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1 },
};
const PREFIX = 8;

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

const corrupt = (file: string, problem: string): UserError =>
  new UserError(`corrupt safetensors file ${file}: ${problem}; restore it from a copy`);

/** The header's entries in the order of their data, and where the data begins. */
export interface Header {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly dataStart: number;
}

/**
 * @param bytes of the whole file.
 * @param read the bytes from `at` on.
 * @throws UserError listing everything that is wrong.
 */
export function readHeader(bytes: number, read: (at: number, length: number) => Uint8Array, file: string): Header {
  if (bytes < PREFIX) throw corrupt(file, `it has ${bytes} bytes, too few for a header`);
  const prefix = read(0, PREFIX);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true));
  if (length > CAPS.headerBytes.most)
    throw corrupt(
      file,
      `its first 8 bytes are not the length of a header (${length} bytes; at most ${CAPS.headerBytes.most})`,
    );
  const dataStart = PREFIX + length;
  if (dataStart > bytes) throw corrupt(file, 'it is cut off inside its header');
  const entries = parseEntries(parseJson(read(PREFIX, length), file), file);
  const ordered = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  const problems = layoutProblems(ordered, bytes - dataStart);
  if (problems.length > 0) throw corrupt(file, some(problems, '; '));
  return { entries: new Map(ordered), dataStart };
}

export const some = (items: readonly string[], separator = ', '): string =>
  items.slice(0, 6).join(separator) + (items.length > 6 ? ` and ${items.length - 6} more` : '');

function parseJson(bytes: Uint8Array, file: string): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw corrupt(file, 'its header is not JSON');
  }
  try {
    return parseStrictJson(text, CAPS.headerDepth.most);
  } catch (error) {
    if (error instanceof SyntaxError) throw corrupt(file, `its header ${error.message}`);
    throw error;
  }
}

function parseEntries(header: unknown, file: string): Map<string, Entry> {
  if (!isObject(header)) throw corrupt(file, 'its header is not an object');
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      if (!isObject(value) || !Object.values(value).every((text) => typeof text === 'string'))
        throw corrupt(file, 'its __metadata__ is not a list of texts by name');
      continue;
    }
    const entry = name === '__proto__' ? undefined : parseEntry(value);
    if (entry === undefined) throw corrupt(file, `its header does not describe ${quoted(name)}`);
    entries.set(name, entry);
  }
  return entries;
}

function parseEntry(value: unknown): Entry | undefined {
  if (!isObject(value)) return undefined;
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !isCounts(shape) || !isCounts(offsets)) return undefined;
  if (shape.length > CAPS.tensorRank.most || offsets.length !== 2) return undefined;
  const [begin = 0, end = 0] = offsets;
  return { dtype, shape, begin, end };
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

/** Offsets must tile the data exactly: in order, without holes, overlaps or a tail. */
function layoutProblems(ordered: readonly (readonly [string, Entry])[], size: number): string[] {
  const problems: string[] = [];
  let at = 0;
  for (const [key, { dtype, shape, begin, end }] of ordered) {
    const name = quoted(key);
    const width = Object.hasOwn(WIDTH, dtype) ? WIDTH[dtype] : undefined;
    // beyond 2^53 the product is no longer exact, and never the length of anything in a file
    const bytes = sizeOf(shape) * (width ?? 0);
    if (width === undefined) problems.push(`${name} is ${quoted(dtype)}, not one of ${Object.keys(WIDTH).join(', ')}`);
    else if (bytes !== end - begin)
      problems.push(`${name} has ${end - begin} bytes where ${dtype} [${shape.join(', ')}] needs ${bytes}`);
    if (begin < at) problems.push(`${name} overlaps the tensor before it`);
    if (begin > at) problems.push(`${begin - at} bytes before ${name} belong to no tensor`);
    at = Math.max(at, end);
  }
  if (at > size) return [`it is cut off: ${size} bytes of data where its header promises ${at}`, ...problems];
  return at < size ? [...problems, `${size - at} bytes at its end belong to no tensor`] : problems;
}
