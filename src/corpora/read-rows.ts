import { readFile } from 'node:fs/promises';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { UserError, codeOf, messageOf } from '../lib/errors.ts';

/** Something with its place in the file, counted from 1: the row, or of JSONL the line. */
export interface Numbered<T> {
  readonly number: number;
  readonly value: T;
}

const SHOWN = 10;

/** The rows of a JSON array, JSONL or Parquet file: told apart by content, whatever the file is called. */
export async function readRows(path: string): Promise<Numbered<unknown>[]> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const why = { ENOENT: 'no such file', EISDIR: 'it is a folder', EACCES: 'no permission' }[codeOf(error) ?? ''];
    throw new UserError(
      `cannot read the corpus: ${path}: ${why ?? messageOf(error)}; give a JSON, JSONL or Parquet file`,
    );
  });
  if (bytes.subarray(0, 4).toString('latin1') === 'PAR1') return numbered(await parseParquet(bytes, path));
  const text = decode(bytes, path).trim();
  if (text.startsWith('[')) return numbered(parseArray(text, path));
  const lines = numbered(text.split('\n')).filter(({ value }) => value.trim() !== '');
  return mapRows(lines, (line): unknown => JSON.parse(line), `not JSON, one object a line: ${path}`);
}

/** Every row through `read`. Throws one UserError that names all the rows it failed on: ten problems, and the rest counted. */
export function mapRows<T, R>(rows: readonly Numbered<T>[], read: (value: T) => R, heading: string): Numbered<R>[] {
  const problems = new Map<string, number[]>();
  const done = rows.flatMap(({ number, value }): Numbered<R>[] => {
    try {
      return [{ number, value: read(value) }];
    } catch (error) {
      if (!(error instanceof UserError || error instanceof SyntaxError)) throw error;
      problems.set(error.message, [...(problems.get(error.message) ?? []), number]);
      return [];
    }
  });
  if (problems.size === 0) return done;
  const lines = [...problems].slice(0, SHOWN).map(([problem, numbers]) => `  ${rowsNamed(numbers)}: ${problem}`);
  if (problems.size > SHOWN) lines.push(`  and ${problems.size - SHOWN} more problems`);
  throw new UserError([heading, ...lines].join('\n'));
}

/** `row 17`, or `rows 1, 2, 3 and 96 more`. */
function rowsNamed(numbers: readonly number[]): string {
  const rest = numbers.length - SHOWN;
  return `row${numbers.length > 1 ? 's' : ''} ${numbers.slice(0, SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

const numbered = <T>(values: readonly T[]): Numbered<T>[] => values.map((value, i) => ({ number: i + 1, value }));

async function parseParquet(bytes: Uint8Array, path: string): Promise<unknown[]> {
  try {
    return await parquetReadObjects({ file: new Uint8Array(bytes).buffer, compressors });
  } catch (error) {
    throw new UserError(`broken Parquet file: ${path}: ${messageOf(error)}`);
  }
}

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
