import { codeOf, messageOf, UserError } from './errors.ts';

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

/** What a failed read says to the user; `hint` where the file is missing. */
export function readError(error: unknown, target: string, hint?: string): unknown {
  const code = codeOf(error);
  if (error instanceof UserError || code === undefined) return error;
  const problems: Readonly<Record<string, string>> = {
    ENOENT: `there is no such file; ${hint ?? 'check the path'}`,
    ENOTDIR: 'a part of the path is a file, and a folder is needed; give the folder that holds it',
    EACCES: 'you have no permission to read it; change its permissions',
  };
  return new UserError(`cannot read ${target}: ${problems[code] ?? messageOf(error)}`);
}
