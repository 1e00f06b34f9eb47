import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from './errors.ts';
import { writeError } from './file-errors.ts';
import { damaged, decodeText, makeFolder, parseJson, pathOf, readBytes, writeAll, writeAtomic } from './files.ts';
import type { FileRef } from './files.ts';
import { sha256 } from './sha256.ts';

/** So many bytes of a log, as they were meant. */
interface Written {
  bytes: number;
  readonly hash: Hash;
}

/** What this process wrote to its logs, by path: what the disk made of it is checked against that, and never taken for it. */
const known = new Map<string, Written>();

/** Of a log that has another size than was written here, what it holds now. */
function writtenTo(file: string): Written {
  const found = known.get(path.resolve(file));
  const bytes = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return found?.bytes === bytes ? found : begin(file, bytesOf(file));
}

function begin(file: string, bytes: Uint8Array): Written {
  const written = { bytes: bytes.length, hash: createHash('sha256').update(bytes) };
  known.set(path.resolve(file), written);
  return written;
}

/** Appends lines in one flushed write. On failure (a full disk) the file is cut back to what it was. */
export function appendLines(file: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  let fd: number | undefined;
  try {
    makeFolder(path.dirname(file));
    const written = writtenTo(file);
    const bytes = Buffer.from(lines.join('\n') + '\n');
    fd = fs.openSync(file, 'a');
    const { size } = fs.fstatSync(fd);
    try {
      writeAll(fd, bytes);
      fs.fsyncSync(fd);
      written.hash.update(bytes);
      written.bytes += bytes.length;
    } catch (error) {
      fs.ftruncateSync(fd, size);
      throw error;
    }
  } catch (error) {
    throw writeError(error, file);
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

export const appendLine = (file: string, line: string): void => appendLines(file, [line]);

/**
 * The objects of a JSONL log; none where the file does not exist. A last line without its newline was torn by a
 * killed run and is left out.
 * @throws UserError naming the line that is not a JSON object.
 */
export const readJsonl = (file: FileRef): Record<string, unknown>[] => completeLines(file).rows;

/** The beginning of a log: so many bytes with this SHA-256. */
export interface Prefix {
  readonly bytes: number;
  readonly sha256: string;
}

const bytesOf = (file: string): Uint8Array => (fs.existsSync(file) ? readBytes(file) : new Uint8Array());

/** All of a log: as this process wrote it, or as it is now where another did. */
export function prefixOf(file: string): Prefix {
  const { bytes, hash } = writtenTo(file);
  return { bytes, sha256: hash.copy().digest('hex') };
}

/**
 * Drops what was appended to a log since it was `prefix`; all of it where there is none.
 * @throws UserError where it no longer begins in this way.
 */
export function cutLog(file: string, prefix: Prefix | undefined, otherwise: string): void {
  const bytes = bytesOf(file);
  const kept = bytes.subarray(0, prefix?.bytes ?? 0);
  if (prefix && sha256(kept) !== prefix.sha256) throw damaged(file, otherwise);
  if (kept.length < bytes.length) writeAtomic(file, kept);
  begin(file, kept);
}

/** Drops the rows that `keep` refuses, and a torn last line. Returns the rows that stay. */
export function truncateJsonl(
  file: string,
  keep: (row: Record<string, unknown>) => boolean,
): Record<string, unknown>[] {
  const { rows, torn } = completeLines(file);
  const kept = rows.filter(keep);
  if (torn || kept.length < rows.length) writeAtomic(file, kept.map((row) => JSON.stringify(row) + '\n').join(''));
  return kept;
}

function completeLines(ref: FileRef): { rows: Record<string, unknown>[]; torn: boolean } {
  const file = pathOf(ref);
  if (!fs.existsSync(file)) return { rows: [], torn: false };
  const bytes = readBytes(ref);
  const end = bytes.lastIndexOf(0x0a) + 1;
  const lines = decodeText(bytes.subarray(0, end), file).split('\n').slice(0, -1);
  const rows = lines.map((line, i) => {
    const row = parseJson(line, `line ${i + 1} of ${file}`);
    if (isObject(row)) return row;
    throw new UserError(`line ${i + 1} of ${file} is not a JSON object: ${clip(line)}`);
  });
  return { rows, torn: end < bytes.length };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text);
