import path from 'node:path';
import { UserError } from './errors.ts';
import { exists, isFile, readText, remove, withOpenFile, writeAtomic, writeFolderAtomic } from './files.ts';
import type { FileData, FileRef, Sums } from './files.ts';

/**
 * A sealed folder holds a file `DONE`, written last: the SHA-256 of every file that belongs to the folder, in the form that
 * `sha256sum -c DONE` reads. What else lies there is nobody's business.
 */
const SEAL = 'DONE';
const LINE = /^([0-9a-f]{64}) {2}(\w[\w./-]*)$/;

export const isSealed = (dir: string): boolean => exists(path.join(dir, SEAL));

export const seal = (dir: string, sums: Sums): void => void writeAtomic(path.join(dir, SEAL), listing(sums));

/** Before a sealed folder is changed. */
export const unseal = (dir: string): void => remove(path.join(dir, SEAL));

/** Replaces a folder as a whole by a sealed one. */
export const writeSealedFolder = (dir: string, files: Readonly<Record<string, FileData>>): void =>
  writeFolderAtomic(dir, files, (sums) => ({ [SEAL]: listing(sums) }));

const listing = (sums: Sums): string =>
  Object.entries(sums)
    .map(([name, sum]) => `${sum}  ${name}\n`)
    .join('');

export interface SealedFolder {
  readonly sums: Sums;
  /** A file of the folder: whoever reads it checks its bytes. @throws UserError for one that the seal does not name. */
  at(name: string): FileRef;
}

/**
 * @param otherwise what can be done about a damaged file than to restore it.
 * @param elsewhere files that the seal names and that may be missing.
 * @throws UserError where the seal is missing, damaged or of a version that kept no sums, or a file that it names is missing.
 */
export function openSealed(
  dir: string,
  otherwise = `move ${dir} away and make it again`,
  elsewhere: readonly string[] = [],
): SealedFolder {
  const file = path.join(dir, SEAL);
  const restore = `restore it from a copy, or ${otherwise}`;
  if (!isSealed(dir))
    throw new UserError(
      `cannot check ${dir}: it has no ${SEAL}, so it is unfinished or of an older version; ${restore}`,
    );
  const lines = readText(file).split('\n');
  if (lines.join('') === '')
    throw new UserError(
      `cannot check ${dir}: its ${SEAL} is of an older version, which kept no SHA-256; to trust its files as they are now: ` +
        `cd ${dir} && sha256sum *.* > ${SEAL}`,
    );
  const found = lines.slice(0, -1).map((line) => LINE.exec(line));
  const sums = Object.fromEntries(found.map((match) => [match?.[2] ?? '', match?.[1] ?? '']));
  if (lines.at(-1) !== '' || found.some((match) => match === null || match[2]!.includes('..')))
    throw new UserError(`${file} is damaged: it is not a list of SHA-256 sums and files; ${restore}`);
  const missing = Object.keys(sums).filter((name) => !isFile(path.join(dir, name)) && !elsewhere.includes(name));
  if (missing.length > 0)
    throw new UserError(`${dir} is not whole: it lacks ${missing.join(', ')}, which its ${SEAL} names; ${restore}`);
  return {
    sums,
    at(name) {
      const sha256 = Object.hasOwn(sums, name) ? sums[name] : undefined;
      if (sha256 !== undefined) return { file: path.join(dir, name), sha256, otherwise };
      throw new UserError(`${path.join(dir, name)} cannot be checked: ${file} does not name it; ${restore}`);
    },
  };
}

/** A file of a folder that is sealed, or not yet. */
export const fileIn = (dir: string, name: string): FileRef =>
  isSealed(dir) ? openSealed(dir).at(name) : path.join(dir, name);

/** Reads every file of a sealed folder. @throws UserError for the first that is missing or damaged. */
export function expectWhole(dir: string): SealedFolder {
  const folder = openSealed(dir);
  for (const name of Object.keys(folder.sums)) withOpenFile(folder.at(name), undefined, () => undefined);
  return folder;
}
