import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../lib/errors.ts';
import { exists, listFolder, readJson, writeAtomic } from '../../lib/files.ts';
import { isCommit, isWanted, RECORD } from './names.ts';
import type { Downloaded, DownloadOptions } from './types.ts';

const schema = z.object({
  format: z.literal('dormouse-hub-1'),
  repo: z.string(),
  type: z.enum(['model', 'dataset']),
  revision: z.string(),
  commit: z.string().refine(isCommit),
  /** Did every file arrive? */
  complete: z.boolean(),
  files: z.record(z.string(), z.int().nonnegative()),
  /** In the repository, and not wanted. */
  others: z.array(z.string()),
});

/** `hub.json`: where a folder's files came from. */
export type Origin = Omit<z.output<typeof schema>, 'format'>;

export const writeOrigin = (dir: string, origin: Origin): void =>
  void writeAtomic(path.join(dir, RECORD), JSON.stringify({ format: 'dormouse-hub-1', ...origin }, null, 2) + '\n');

/** Undefined where the folder has none. */
function readOrigin(dir: string): Origin | undefined {
  const file = path.join(dir, RECORD);
  if (!exists(file)) return undefined;
  const { data, error } = schema.safeParse(readJson(file));
  if (error) throw new UserError(`${file} is not what a download writes; delete ${dir} and download again`);
  return data;
}

type Asked = Pick<DownloadOptions, 'repo' | 'type' | 'into' | 'env'>;

/** Holds a folder for every commit that was downloaded. */
function cacheOf({ repo, type, env }: Asked): string {
  const root = env.XDG_CACHE_HOME ?? path.join(env.HOME ?? os.homedir(), '.cache');
  return path.join(root, 'dormouse', 'hub', `${type}s--${repo.replace('/', '--')}`);
}

export const folderFor = (asked: Asked, commit: string): string => asked.into ?? path.join(cacheOf(asked), commit);

/** An earlier download that brought all that is asked for; of a branch or tag, what it was then. */
export function findEarlier(options: DownloadOptions, revision: string): Downloaded | undefined {
  const { repo, type, into } = options;
  const cache = cacheOf(options);
  const dirs = into === undefined ? listFolder(cache).map((name) => path.join(cache, name)) : [into];
  const found = dirs.flatMap((dir) => {
    const origin = readOrigin(dir);
    if (!origin?.complete || origin.repo !== repo || origin.type !== type) return [];
    if (revision !== origin.commit && revision !== origin.revision) return [];
    if (origin.others.some((name) => isWanted(name, options))) return [];
    const isWhole = Object.entries(origin.files).every(([name, bytes]) => sizeOf(path.join(dir, name)) === bytes);
    return isWhole ? [{ dir, origin, at: fs.statSync(path.join(dir, RECORD)).mtimeMs }] : [];
  });
  const [latest] = found.sort((a, b) => b.at - a.at);
  return latest && downloaded(latest.dir, latest.origin);
}

export const downloaded = (dir: string, { repo, type, revision, commit, files }: Origin): Downloaded => ({
  ...{ dir, repo, type, revision, commit, files },
});

/** -1 where there is no such file. */
export const sizeOf = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.size ?? -1;

/** Only an empty folder, or one that this very download began. */
export function expectOwnFolder(dir: string, { repo, type, commit }: Pick<Origin, 'repo' | 'type' | 'commit'>): void {
  const origin = readOrigin(dir);
  if (!origin) {
    if (listFolder(dir).some((name) => name !== '.lock'))
      throw new UserError(`${dir} holds something already; give another folder, or empty it first`);
  } else if (origin.repo !== repo || origin.type !== type || origin.commit !== commit)
    throw new UserError(
      `${dir} holds ${origin.repo} at ${origin.commit}, not ${repo} at ${commit}; give another folder, or that revision`,
    );
}
