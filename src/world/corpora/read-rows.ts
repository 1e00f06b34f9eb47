import fs from 'node:fs';
import { createGunzip } from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { CompressionCodec, Compressors } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { expectWithin } from '../../lib/caps.ts';
import { UserError, codeOf, messageOf } from '../../lib/errors.ts';
import { openRegular } from '../../lib/regular-file.ts';
import { GIVE } from './data-files.ts';
import { LEAVE_OUT, rowProblems } from './problems.ts';
import type { RowProblems } from './problems.ts';

/** Something with its place in the file, counted from 1: the row, or of JSONL the line. */
export interface Numbered<T> {
  readonly number: number;
  readonly value: T;
}

const MB = 2 ** 20;
/** What came out of compressed files so far, of all that belong together. */
export interface Unpacked {
  bytes: number;
}

/**
 * The rows of a JSON array, JSONL (gzipped or not) or Parquet file, one after another: told apart by content, whatever the file
 * is called, but for .csv and .tsv, which are refused by name. JSONL is held line by line, Parquet row group by row group; only an
 * array is read whole. Each has its cap.
 *
 * @param broken collects the broken lines of JSONL, where the file is read on without them.
 * @throws UserError naming the file and what is wrong with it; for broken lines, after the last of them.
 */
export async function* readRows(
  path: string,
  unpacked: Unpacked = { bytes: 0 },
  broken?: RowProblems,
): AsyncGenerator<Numbered<unknown>> {
  const start = firstBytes(path);
  const magic = start.toString('latin1');
  if (magic.startsWith('PAR1')) return yield* parquetRows(path, unpacked);
  if (magic.startsWith('\x28\xb5\x2f\xfd'))
    throw new UserError(`compressed with zstd: ${path}; unpack it first (unzstd), or give gzip or Parquet`);
  if (/\.[ct]sv$/i.test(path)) throw new UserError(`not read here: ${path}: rows of a table without types; ${GIVE}`);
  const isGzipped = magic.startsWith('\x1f\x8b');
  if (!isGzipped && firstVisible(start) === '[') return yield* arrayRows(path);
  yield* jsonLines(path, isGzipped ? unpacked : undefined, broken);
}

function firstBytes(path: string): Buffer {
  try {
    const file = openRegular(path);
    try {
      const bytes = Buffer.alloc(4096);
      return bytes.subarray(0, fs.readSync(file, bytes));
    } finally {
      fs.closeSync(file);
    }
  } catch (error) {
    const why = { ENOENT: 'no such file', EACCES: 'no permission' }[codeOf(error) ?? ''];
    throw new UserError(`cannot read the corpus: ${path}: ${why ?? messageOf(error)}; ${GIVE}`);
  }
}

const firstVisible = (start: Buffer): string => start.toString('utf8').replace('\uFEFF', '').trimStart().charAt(0);

async function* jsonLines(
  path: string,
  unpacked: Unpacked | undefined,
  broken: RowProblems | undefined,
): AsyncGenerator<Numbered<unknown>> {
  const problems = broken ?? rowProblems();
  for await (const { number, value } of lines(path, unpacked)) {
    const text = decode(value, path).replace(number === 1 ? '\uFEFF' : '', '');
    if (text.trim() === '') continue;
    const row = problems.attempt(number, () => ({ value: JSON.parse(text) as unknown }));
    if (row) yield { number, value: row.value };
  }
  if (!broken) problems.expectNone(`not JSON, one object a line: ${path}`, LEAVE_OUT);
}

/** The lines of a file as bytes, without their ends. A line break is never part of another character in UTF-8. */
async function* lines(path: string, unpacked: Unpacked | undefined): AsyncGenerator<Numbered<Buffer>> {
  let parts: Buffer[] = [];
  let length = 0;
  let number = 1;
  for await (const chunk of chunks(path, unpacked)) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      parts.push(chunk.subarray(from, end));
      yield { number, value: parts.length === 1 ? parts[0]! : Buffer.concat(parts) };
      [parts, length, from] = [[], 0, end + 1];
      number++;
    }
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    expectWithin('lineBytes', length, `line ${number} of ${path}`);
  }
  yield { number, value: Buffer.concat(parts) };
}

async function* chunks(path: string, unpacked: Unpacked | undefined): AsyncGenerator<Buffer> {
  const file = fs.createReadStream(path, { highWaterMark: MB });
  const unzip = unpacked ? createGunzip({ chunkSize: MB }) : undefined;
  file.on('error', (error) => unzip?.destroy(error));
  try {
    for await (const chunk of (unzip ? file.pipe(unzip) : file) as AsyncIterable<Buffer>) {
      if (unpacked)
        expectWithin('unpackedBytes', (unpacked.bytes += chunk.length), `what ${path} and those before it unpack to`);
      yield chunk;
    }
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new UserError(`cannot read the corpus: ${path}: ${messageOf(error)}`);
  } finally {
    file.destroy();
  }
}

async function* arrayRows(path: string): AsyncGenerator<Numbered<unknown>> {
  expectWithin('arrayBytes', fs.statSync(path).size, path);
  const text = decode(await fs.promises.readFile(path), path);
  yield* numbered(parseArray(text, path));
}

async function* parquetRows(path: string, unpacked: Unpacked): AsyncGenerator<Numbered<unknown>> {
  const file = await asyncBufferFromFile(path);
  const broken = (error: unknown): UserError =>
    error instanceof UserError ? error : new UserError(`broken Parquet file: ${path}: ${messageOf(error)}`);
  const metadata = await parquetMetadataAsync(file).catch((error: unknown) => {
    throw broken(error);
  });
  let rowStart = 0;
  for (const [group, { num_rows, total_byte_size }] of metadata.row_groups.entries()) {
    const name = `row group ${group + 1} of ${path}`;
    expectWithin('rowGroupBytes', total_byte_size, name);
    expectWithin('rowGroupRows', num_rows, `rows in ${name}`);
    const rowEnd = rowStart + Number(num_rows);
    const counted = countedCompressors(name, unpacked);
    const rows = await parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors: counted }).catch(
      (error: unknown) => {
        throw broken(error);
      },
    );
    yield* numbered(rows, rowStart);
    rowStart = rowEnd;
  }
}

/** What a group says of its size is one thing, what its pages unpack to another. */
function countedCompressors(group: string, unpacked: Unpacked): Compressors {
  let bytes = 0;
  const counted = (unpack: Compressors[CompressionCodec]): Compressors[CompressionCodec] =>
    unpack &&
    ((input, length) => {
      expectWithin('rowGroupBytes', (bytes += length), group);
      expectWithin('unpackedBytes', (unpacked.bytes += length), `what ${group} and what is before it unpack to`);
      return unpack(input, length);
    });
  return Object.fromEntries(Object.entries(compressors).map(([codec, unpack]) => [codec, counted(unpack)]));
}

const numbered = <T>(values: readonly T[], before = 0): Numbered<T>[] =>
  values.map((value, i) => ({ number: before + i + 1, value }));

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`not a text file: ${path}; give JSON or JSONL in UTF-8, or Parquet`);
  }
}

function parseArray(text: string, path: string): unknown[] {
  try {
    const rows: unknown = JSON.parse(text);
    return Array.isArray(rows) ? rows : [];
  } catch (error) {
    throw new UserError(`broken JSON: ${path}: ${messageOf(error)}`);
  }
}
