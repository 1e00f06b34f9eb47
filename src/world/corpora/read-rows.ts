import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { UserError, codeOf, messageOf } from '../../lib/errors.ts';
import { rowProblems } from './problems.ts';

/** Something with its place in the file, counted from 1: the row, or of JSONL the line. */
export interface Numbered<T> {
  readonly number: number;
  readonly value: T;
}

const MB = 2 ** 20;
/** What is in memory at once is at most a line, a row group, or an array. */
export const LIMITS = { lineBytes: 16 * MB, rowGroupBytes: 1024 * MB, arrayBytes: 256 * MB } as const;

/**
 * The rows of a JSON array, JSONL (gzipped or not) or Parquet file, one after another: told apart by content, whatever the file
 * is called. JSONL is held line by line, Parquet row group by row group; only an array is read whole.
 *
 * @throws UserError naming the file and what is wrong with it; for broken lines, after the last of them.
 */
export async function* readRows(path: string): AsyncGenerator<Numbered<unknown>> {
  const start = await firstBytes(path);
  const magic = start.toString('latin1');
  if (magic.startsWith('PAR1')) return yield* parquetRows(path);
  if (magic.startsWith('\x28\xb5\x2f\xfd'))
    throw new UserError(`compressed with zstd: ${path}; unpack it first (unzstd), or give gzip or Parquet`);
  const isGzipped = magic.startsWith('\x1f\x8b');
  if (!isGzipped && firstVisible(start) === '[') return yield* arrayRows(path);
  yield* jsonLines(path, isGzipped);
}

async function firstBytes(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const bytes = Buffer.alloc(4096);
      const { bytesRead } = await file.read(bytes);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    const why = { ENOENT: 'no such file', EISDIR: 'it is a folder', EACCES: 'no permission' }[codeOf(error) ?? ''];
    throw new UserError(
      `cannot read the corpus: ${path}: ${why ?? messageOf(error)}; give a JSON, JSONL or Parquet file, or a folder of them`,
    );
  }
}

const firstVisible = (start: Buffer): string => start.toString('utf8').replace('\uFEFF', '').trimStart().charAt(0);

const size = (bytes: number): string => `${Math.ceil(bytes / MB)} MB`;

async function* jsonLines(path: string, isGzipped: boolean): AsyncGenerator<Numbered<unknown>> {
  const problems = rowProblems();
  for await (const { number, value } of lines(path, isGzipped)) {
    const text = decode(value, path).replace(number === 1 ? '\uFEFF' : '', '');
    if (text.trim() === '') continue;
    const row = problems.attempt(number, () => ({ value: JSON.parse(text) as unknown }));
    if (row) yield { number, value: row.value };
  }
  problems.expectNone(`not JSON, one object a line: ${path}`);
}

/** The lines of a file as bytes, without their ends. A line break is never part of another character in UTF-8. */
async function* lines(path: string, isGzipped: boolean): AsyncGenerator<Numbered<Buffer>> {
  let parts: Buffer[] = [];
  let length = 0;
  let number = 1;
  for await (const chunk of chunks(path, isGzipped)) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      parts.push(chunk.subarray(from, end));
      yield { number, value: parts.length === 1 ? parts[0]! : Buffer.concat(parts) };
      [parts, length, from] = [[], 0, end + 1];
      number++;
    }
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > LIMITS.lineBytes)
      throw new UserError(
        `line ${number} of ${path} is longer than ${size(LIMITS.lineBytes)}; one row belongs on a line`,
      );
  }
  yield { number, value: Buffer.concat(parts) };
}

async function* chunks(path: string, isGzipped: boolean): AsyncGenerator<Buffer> {
  const file = fs.createReadStream(path, { highWaterMark: MB });
  const unzip = isGzipped ? createGunzip({ chunkSize: MB }) : undefined;
  file.on('error', (error) => unzip?.destroy(error));
  try {
    yield* (unzip ? file.pipe(unzip) : file) as AsyncIterable<Buffer>;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new UserError(`cannot read the corpus: ${path}: ${messageOf(error)}`);
  } finally {
    file.destroy();
  }
}

async function* arrayRows(path: string): AsyncGenerator<Numbered<unknown>> {
  const { size: bytes } = await fs.promises.stat(path);
  if (bytes > LIMITS.arrayBytes)
    throw new UserError(
      `too large to be read whole: ${path} is one JSON array of ${size(bytes)}, and the limit is ${size(LIMITS.arrayBytes)}; make it JSONL, one row a line (jq -c '.[]')`,
    );
  const text = decode(await fs.promises.readFile(path), path);
  yield* numbered(parseArray(text, path));
}

async function* parquetRows(path: string): AsyncGenerator<Numbered<unknown>> {
  const file = await asyncBufferFromFile(path);
  const broken = (error: unknown): UserError => new UserError(`broken Parquet file: ${path}: ${messageOf(error)}`);
  const metadata = await parquetMetadataAsync(file).catch((error: unknown) => {
    throw broken(error);
  });
  let rowStart = 0;
  for (const [group, { num_rows, total_byte_size }] of metadata.row_groups.entries()) {
    if (total_byte_size > LIMITS.rowGroupBytes)
      throw new UserError(
        `row group ${group + 1} of ${path} is too large: ${size(Number(total_byte_size))}, and the limit is ${size(LIMITS.rowGroupBytes)}; write it again with smaller row groups`,
      );
    const rowEnd = rowStart + Number(num_rows);
    const rows = await parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors }).catch((error: unknown) => {
      throw broken(error);
    });
    yield* numbered(rows, rowStart);
    rowStart = rowEnd;
  }
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
