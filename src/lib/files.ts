import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CAPS } from './caps.ts';
import { codeOf, messageOf, UserError } from './errors.ts';
import { readError, writeError } from './file-errors.ts';
import { openRegular } from './regular-file.ts';
import { sha256 } from './sha256.ts';

/**
 * The only place that writes files. Everything is synchronous: a run computes or writes, never both, and a signal
 * cannot land between two halves of a write.
 *
 * Two suffixes belong to this file. `.partial-<pid>-<n>` is unfinished and may be deleted by whoever holds the
 * folder's lock; `.partial-replaced` is a whole older folder whose successor may not have arrived.
 */
export type FileData = string | Uint8Array | Iterable<Uint8Array>;

/** SHA-256 in hex by a file's name. */
export type Sums = Readonly<Record<string, string>>;

/** A path; or with it the SHA-256 that the file's bytes must have, which whoever reads them checks on the way. */
export type FileRef = string | SealedFile;

export interface SealedFile {
  readonly file: string;
  readonly sha256: string;
  /** What else can be done about a damaged file than to restore it. */
  readonly otherwise: string;
}

const PARTIAL = /\.partial-\d+-\d+$/;
const REPLACED = '.partial-replaced';
/** Linux writes and reads at most 2 GiB - 4 KiB a call. */
const MAX_CALL = 2 ** 30;

let partials = 0;
/** Of the machine: on a disk that several share, processes of the same id are two. */
const hostNumber = (): number => Number.parseInt(sha256(os.hostname()).slice(0, 8), 16);
const partialOf = (target: string): string => `${target}.partial-${hostNumber()}${process.pid}-${++partials}`;

/**
 * Replaces a file as a whole: written beside it, flushed to the disk, renamed over it. On any failure what was there
 * before is still there. Makes the folder if need be. Chunks are written one after another as they come, uncopied.
 *
 * @returns SHA-256 of what was written.
 */
export function writeAtomic(file: string, data: FileData): string {
  const partial = partialOf(file);
  try {
    makeFolder(path.dirname(file));
    const sha256 = writeFlushed(partial, data);
    fs.renameSync(partial, file);
    flushFolder(path.dirname(file));
    return sha256;
  } catch (error) {
    discard(partial);
    throw writeError(error, file);
  }
}

/**
 * Replaces a folder as a whole: all files go into a sibling folder that is then renamed into place. An older folder
 * is renamed away first and deleted last; a crash between the two renames is mended by `recoverFolder`.
 *
 * @param last what is written after them, knowing their sums.
 */
export function writeFolderAtomic(
  dir: string,
  files: Readonly<Record<string, FileData>>,
  last: (sums: Sums) => Readonly<Record<string, FileData>> = () => ({}),
): void {
  const partial = partialOf(dir);
  const write = ([name, data]: [string, FileData]) => [name, writeFlushed(path.join(partial, name), data)] as const;
  try {
    recoverFolder(dir);
    makeFolder(partial);
    Object.entries(last(Object.fromEntries(Object.entries(files).map(write)))).map(write);
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

/** Did a killed run leave what has this name? It counts as nothing. */
export const isLeftover = (name: string): boolean => PARTIAL.test(name) || name.endsWith(REPLACED);

/** Mends and clears what a killed run left anywhere under `dir`, hidden folders aside. Only for whoever holds the folder's lock. */
export function sweepLeftovers(dir: string): void {
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    const at = path.join(dir, entry.name);
    if (PARTIAL.test(entry.name)) fs.rmSync(at, { recursive: true, force: true });
    else if (entry.isDirectory() && entry.name.endsWith(REPLACED)) recoverFolder(at.slice(0, -REPLACED.length));
    else if (entry.isDirectory() && !entry.name.startsWith('.')) sweepLeftovers(at);
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

/** A file that is read piece by piece. */
export interface OpenFile {
  readonly bytes: number;
  /** Fills `into` with what stands at `position`. */
  read(into: Uint8Array, position: number): void;
}

/** @throws UserError where the file cannot be read, or is not what its SHA-256 says. */
export function withOpenFile<T>(ref: FileRef, hint: string | undefined, work: (open: OpenFile) => T): T {
  const file = pathOf(ref);
  let fd: number | undefined;
  try {
    const opened = (fd = openRegular(file));
    const read: OpenFile['read'] = (into, position) => {
      for (let at = 0; at < into.length;) {
        const count = fs.readSync(opened, into, at, Math.min(into.length - at, MAX_CALL), position + at);
        if (count === 0) throw new UserError(`cannot read ${file}: it became shorter while it was read`);
        at += count;
      }
    };
    const bytes = fs.fstatSync(fd).size;
    if (typeof ref === 'string') return work({ bytes, read });
    const summed = summing(read);
    const result = work({ bytes, read: summed.read });
    if (summed.digest(bytes) === ref.sha256) return result;
    throw damaged(file, ref.otherwise);
  } catch (error) {
    throw readError(error, file, hint);
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** SHA-256 of a file of any size, in hex. @throws UserError where it cannot be read. */
export const fileSha256 = (file: string): string =>
  withOpenFile(file, undefined, ({ bytes, read }) => summing(read).digest(bytes));

export const damaged = (file: string, otherwise: string): UserError =>
  new UserError(
    `${file} is damaged: it is not what was written there (SHA-256); restore it from a copy, or ${otherwise}`,
  );

/** Hashes what is read, which must be from front to back, and what is passed over. */
function summing(read: OpenFile['read']): { readonly read: OpenFile['read']; digest(bytes: number): string } {
  const hash = createHash('sha256');
  let at = 0;
  const take: OpenFile['read'] = (into, position) => {
    if (position < at) throw new RangeError(`read at ${position} after ${at}: the sum would be wrong`);
    while (at < position) take(new Uint8Array(Math.min(position - at, 2 ** 20)), at);
    read(into, position);
    for (let i = 0; i < into.length; i += MAX_CALL) hash.update(into.subarray(i, i + MAX_CALL));
    at += into.length;
  };
  return {
    read: take,
    digest(bytes) {
      take(new Uint8Array(0), bytes);
      return hash.digest('hex');
    },
  };
}

export const pathOf = (ref: FileRef): string => (typeof ref === 'string' ? ref : ref.file);

/** The bytes of a file, at the start of an ArrayBuffer of their own. */
export const readBytes = (file: FileRef, hint?: string, most = Infinity): Uint8Array<ArrayBuffer> =>
  withOpenFile(file, hint, ({ bytes: count, read }) => {
    if (count > most)
      throw new UserError(`cannot read ${pathOf(file)}: it has ${count} bytes; at most ${most} are read at once`);
    const bytes = new Uint8Array(count);
    read(bytes, 0);
    return bytes;
  });

/** A UTF-8 file, without its byte order mark. `hint` ends the message where the file is missing. */
export const readText = (file: FileRef, hint?: string): string =>
  decodeText(readBytes(file, hint, CAPS.textBytes.most), pathOf(file));

export const readJson = (file: FileRef, hint?: string): unknown => parseJson(readText(file, hint), pathOf(file));

export const exists = (target: string): boolean => fs.existsSync(target);

export const isFile = (target: string): boolean => fs.statSync(target, { throwIfNoEntry: false })?.isFile() === true;

/** The names in a folder, sorted; none where it does not exist. */
export function listFolder(dir: string): string[] {
  try {
    return fs.readdirSync(dir).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw readError(error, dir);
  }
}

export function decodeText(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`cannot read ${file}: it is not UTF-8 text; convert it to UTF-8`);
  }
}

export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem = text.trim() === '' ? 'it is empty' : messageOf(error);
    throw new UserError(`corrupt JSON in ${what}: ${problem}; restore it from a copy`);
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

/** @returns SHA-256 of what was handed over: a disk that wrote something else is found out by the first reader. */
function writeFlushed(file: string, data: FileData): string {
  const hash = createHash('sha256');
  const fd = fs.openSync(file, 'wx');
  try {
    const chunks = typeof data === 'string' ? [Buffer.from(data)] : data instanceof Uint8Array ? [data] : data;
    for (const chunk of chunks) writeAll(fd, chunk, (part) => void hash.update(part));
    fs.fsyncSync(fd);
    return hash.digest('hex');
  } finally {
    fs.closeSync(fd);
  }
}

/** A write to a nearly full disk is short and reports no error: only the next one does. So: until all is written. */
export function writeAll(fd: number, bytes: Uint8Array, wrote: (part: Uint8Array) => void = () => {}): void {
  for (let at = 0; at < bytes.length;) {
    const count = fs.writeSync(fd, bytes, at, Math.min(bytes.length - at, MAX_CALL));
    wrote(bytes.subarray(at, (at += count)));
  }
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
