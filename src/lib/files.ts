import fs from 'node:fs';
import path from 'node:path';
import { codeOf, messageOf, UserError } from './errors.ts';

/**
 * The only place that writes files. Everything is synchronous: a run computes or writes, never both, and a signal
 * cannot land between two halves of a write.
 *
 * Two suffixes belong to this file. `.partial-<pid>-<n>` is unfinished and may be deleted by whoever holds the
 * folder's lock; `.replaced` is a whole older folder whose successor may not have arrived.
 */
export type FileData = string | Uint8Array | Iterable<Uint8Array>;

const PARTIAL = /\.partial-\d+-\d+$/;
const REPLACED = '.replaced';
/** Linux writes and reads at most 2 GiB - 4 KiB a call. */
const MAX_CALL = 2 ** 30;
const MAX_TEXT = 2 ** 28;

let partials = 0;
const partialOf = (target: string): string => `${target}.partial-${process.pid}-${++partials}`;

/**
 * Replaces a file as a whole: written beside it, flushed to the disk, renamed over it. On any failure what was there
 * before is still there. Makes the folder if need be. Chunks are written one after another as they come, uncopied.
 */
export function writeAtomic(file: string, data: FileData): void {
  const partial = partialOf(file);
  try {
    makeFolder(path.dirname(file));
    writeFlushed(partial, data);
    fs.renameSync(partial, file);
    flushFolder(path.dirname(file));
  } catch (error) {
    discard(partial);
    throw writeError(error, file);
  }
}

/**
 * Replaces a folder as a whole: all files go into a sibling folder that is then renamed into place. An older folder
 * is renamed away first and deleted last; a crash between the two renames is mended by `recoverFolder`.
 */
export function writeFolderAtomic(dir: string, files: Readonly<Record<string, FileData>>): void {
  const partial = partialOf(dir);
  try {
    recoverFolder(dir);
    makeFolder(partial);
    for (const [name, data] of Object.entries(files)) writeFlushed(path.join(partial, name), data);
    flushFolder(partial);
    if (fs.existsSync(dir)) fs.renameSync(dir, dir + REPLACED);
    fs.renameSync(partial, dir);
    flushFolder(path.dirname(dir));
    remove(dir + REPLACED);
  } catch (error) {
    discard(partial);
    recoverFolder(dir);
    throw writeError(error, dir);
  }
}

/** After a crash inside `writeFolderAtomic`: puts the older folder back where the newer one is missing. */
export function recoverFolder(dir: string): void {
  if (!fs.existsSync(dir + REPLACED)) return;
  if (fs.existsSync(dir)) remove(dir + REPLACED);
  else fs.renameSync(dir + REPLACED, dir);
}

/** Mends and clears what a killed run left anywhere under `dir`. Only for whoever holds the folder's lock. */
export function sweepLeftovers(dir: string): void {
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    const at = path.join(dir, entry.name);
    if (PARTIAL.test(entry.name)) fs.rmSync(at, { recursive: true, force: true });
    else if (entry.isDirectory() && entry.name.endsWith(REPLACED)) recoverFolder(at.slice(0, -REPLACED.length));
    else if (entry.isDirectory()) sweepLeftovers(at);
  }
}

/** Deletes a file or a folder, if it exists, such that a crash halfway leaves nothing under its name. */
export function remove(target: string): void {
  const partial = partialOf(target);
  try {
    fs.renameSync(target, partial);
    fs.rmSync(partial, { recursive: true, force: true });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw writeError(error, target);
  }
}

/** Appends lines in one flushed write. On failure (a full disk) the file is cut back to what it was. */
export function appendLines(file: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  let fd: number | undefined;
  try {
    makeFolder(path.dirname(file));
    fd = fs.openSync(file, 'a');
    const { size } = fs.fstatSync(fd);
    try {
      writeAll(fd, Buffer.from(lines.join('\n') + '\n'));
      fs.fsyncSync(fd);
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
export const readJsonl = (file: string): Record<string, unknown>[] => completeLines(file).rows;

/** On resume: drops the rows that `keep` refuses, and a torn last line. Returns the rows that stay. */
export function truncateJsonl(
  file: string,
  keep: (row: Record<string, unknown>) => boolean,
): Record<string, unknown>[] {
  const { rows, torn } = completeLines(file);
  const kept = rows.filter(keep);
  if (torn || kept.length < rows.length) writeAtomic(file, kept.map((row) => JSON.stringify(row) + '\n').join(''));
  return kept;
}

function completeLines(file: string): { rows: Record<string, unknown>[]; torn: boolean } {
  if (!fs.existsSync(file)) return { rows: [], torn: false };
  const bytes = readBytes(file);
  const end = bytes.lastIndexOf(0x0a) + 1;
  const lines = decodeText(bytes.subarray(0, end), file).split('\n').slice(0, -1);
  const rows = lines.map((line, i) => {
    const row = parseJson(line, `line ${i + 1} of ${file}`);
    if (isObject(row)) return row;
    throw new UserError(`line ${i + 1} of ${file} is not a JSON object: ${clip(line)}`);
  });
  return { rows, torn: end < bytes.length };
}

/** A file that is read piece by piece. */
export interface OpenFile {
  readonly bytes: number;
  /** Fills `into` with what stands at `position`. */
  read(into: Uint8Array, position: number): void;
}

export function withOpenFile<T>(file: string, hint: string | undefined, work: (open: OpenFile) => T): T {
  let fd: number | undefined;
  try {
    const opened = (fd = fs.openSync(file, 'r'));
    const read: OpenFile['read'] = (into, position) => {
      for (let at = 0; at < into.length;) {
        const count = fs.readSync(opened, into, at, Math.min(into.length - at, MAX_CALL), position + at);
        if (count === 0) throw new UserError(`cannot read ${file}: it became shorter while it was read`);
        at += count;
      }
    };
    return work({ bytes: fs.fstatSync(fd).size, read });
  } catch (error) {
    throw readError(error, file, hint);
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** The bytes of a file, at the start of an ArrayBuffer of their own. */
export const readBytes = (file: string, hint?: string, most = Infinity): Uint8Array<ArrayBuffer> =>
  withOpenFile(file, hint, ({ bytes: count, read }) => {
    if (count > most)
      throw new UserError(`cannot read ${file}: it has ${count} bytes; at most ${most} are read at once`);
    const bytes = new Uint8Array(count);
    read(bytes, 0);
    return bytes;
  });

/** A UTF-8 file, without its byte order mark. `hint` ends the message where the file is missing. */
export const readText = (file: string, hint?: string): string => decodeText(readBytes(file, hint, MAX_TEXT), file);

export const readJson = (file: string, hint?: string): unknown => parseJson(readText(file, hint), file);

export const exists = (target: string): boolean => fs.existsSync(target);

/** The names in a folder, sorted; none where it does not exist. */
export function listFolder(dir: string): string[] {
  try {
    return fs.readdirSync(dir).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw readError(error, dir);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text);

function decodeText(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`cannot read ${file}: it is not UTF-8 text; convert it to UTF-8`);
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem = text.trim() === '' ? 'it is empty' : messageOf(error);
    throw new UserError(`corrupt JSON in ${what}: ${problem}; restore it from a copy, or delete it and make it again`);
  }
}

/** Like `mkdir -p`. (Node's own reports ENOENT where the disk is read-only.) */
export function makeFolder(dir: string): void {
  if (fs.existsSync(dir)) return;
  makeFolder(path.dirname(dir));
  try {
    fs.mkdirSync(dir);
  } catch (error) {
    if (!fs.existsSync(dir)) throw error;
  }
}

/** After a failed write. What cannot be deleted now is swept at the next run. */
function discard(partial: string): void {
  try {
    fs.rmSync(partial, { recursive: true, force: true });
  } catch {
    // The failed write is what the user needs to hear about.
  }
}

function writeFlushed(file: string, data: FileData): void {
  const fd = fs.openSync(file, 'wx');
  try {
    const chunks = typeof data === 'string' ? [Buffer.from(data)] : data instanceof Uint8Array ? [data] : data;
    for (const chunk of chunks) writeAll(fd, chunk);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** A write to a nearly full disk is short and reports no error: only the next one does. So: until all is written. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += fs.writeSync(fd, bytes, at, Math.min(bytes.length - at, MAX_CALL));
}

/** Makes a rename survive a power cut. Not every platform can open a folder; there it is skipped. */
function flushFolder(dir: string): void {
  let fd: number | undefined;
  try {
    fd = fs.openSync(dir, 'r');
    fs.fsyncSync(fd);
  } catch (error) {
    if (!['EPERM', 'EISDIR', 'EINVAL', 'EACCES', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

const WRITE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space and run the same command again',
  EDQUOT: 'your disk quota is used up; free some space and run the same command again',
  EFBIG: 'the file is too large for this disk or limit; use another disk',
  EROFS: 'the disk is read-only; choose a folder on another disk',
  EACCES: 'you have no permission to write there; choose another folder or change its permissions',
  EPERM: 'you have no permission to write there; choose another folder or change its permissions',
  ENOTDIR: 'a part of the path is a file, not a folder; move that file away or choose another folder',
  EEXIST: 'a file is in the way; move it away or choose another folder',
  EISDIR: 'a folder is in the way; move it away or choose another name',
};

/** What a failed write says to the user. Anything but a system error is passed through. */
export function writeError(error: unknown, target: string): unknown {
  const code = codeOf(error);
  if (error instanceof UserError || code === undefined) return error;
  return new UserError(
    `cannot write ${target}: ${WRITE_PROBLEMS[code] ?? messageOf(error)} (what was saved before is untouched)`,
  );
}

function readError(error: unknown, target: string, hint?: string): unknown {
  const code = codeOf(error);
  if (error instanceof UserError || code === undefined) return error;
  const problems: Readonly<Record<string, string>> = {
    ENOENT: `there is no such file; ${hint ?? 'check the path'}`,
    ENOTDIR: 'a part of the path is a file, not a folder; check the path',
    EISDIR: 'it is a folder; give a file',
    EACCES: 'you have no permission to read it; change its permissions',
  };
  return new UserError(`cannot read ${target}: ${problems[code] ?? messageOf(error)}`);
}
