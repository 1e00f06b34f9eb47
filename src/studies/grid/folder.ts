import fs from 'node:fs';
import path from 'node:path';
import { clear, removeEmpty, survey } from '../../archive/own-files.ts';
import type { Layout } from '../../archive/own-files.ts';
import { clearRunFolder, isRunFolder, surveyRun } from '../../archive/run-folder.ts';
import type { Tables } from '../../lab/tables.ts';
import { UserError } from '../../lib/errors.ts';
import { exists, isLeftover, listFolder, readJson, writeAtomic } from '../../lib/files.ts';
import { withLock } from '../../lib/lock.ts';
import { few } from '../../lib/list.ts';

/** What tells a grid's folder from a single run's: written first, removed last. */
const MARK = 'grid.json';
const FORMAT = 'dormouse-grid-1';

export interface GridMark {
  readonly command: string;
  readonly jobs: readonly { readonly name: string; readonly hash: string }[];
}

/** @throws UserError where the folder holds something that is not a grid. Hidden files and leftovers do not count. */
export function expectGridFolder(root: string): void {
  if (exists(path.join(root, MARK))) return;
  const names = listFolder(root).filter((name) => !name.startsWith('.') && !isLeftover(name));
  if (names.length === 0) return;
  const what = names.includes('experiment.yaml')
    ? 'holds a single run'
    : `is not the folder of a sweep: it holds ${few(names)}`;
  throw new UserError(`${root} ${what}; choose an empty or new folder (--out)`);
}

/** Says that the folder is a grid's, and which jobs are its own: others may lie there from an earlier form of it. */
export const markGridFolder = (root: string, mark: GridMark): void =>
  void writeAtomic(path.join(root, MARK), `${JSON.stringify({ format: FORMAT, ...mark }, null, 1)}\n`);

/** What a grid writes beside its jobs; its mark aside, which stays. */
const LAYOUT: Layout = {
  files: [
    /^(DONE|results\.json|report\.html|sweep\.(json|csv|html))$/,
    /^slurm\/(jobs\/[0-9a-f]{16}\.json|[0-9a-z]{8}\/(tasks\.jsonl|batch\.sh|\d+\.log))$/,
  ],
  folders: [/^bases\/[0-9a-f]{16}$/],
  around: [/^bases$/, /^slurm(\/(jobs|[0-9a-z]{8}))?$/],
};

/**
 * Deletes what a grid and its jobs left in its folder, and nothing else.
 *
 * @returns what lies there and is not the grid's.
 * @throws UserError where the folder is not a grid's, or one is at work in it.
 */
export async function clearGridFolder(root: string, tables: Tables): Promise<readonly string[]> {
  expectGridFolder(root);
  if (!exists(path.join(root, MARK))) return [];
  const mark = readJson(path.join(root, MARK));
  if (Object(mark).format !== FORMAT)
    throw new UserError(
      `${path.join(root, MARK)} is not of dormouse, so --fresh deletes nothing; choose another --out`,
    );
  return withLock(root, async () => {
    const found = survey(root, LAYOUT);
    const isJob = (name: string): boolean =>
      isRunFolder(path.join(root, name)) && !fs.lstatSync(path.join(root, name)).isSymbolicLink();
    const jobs = found.foreign.filter(isJob).map((name) => path.join(root, name));
    for (const job of jobs) surveyRun(job, tables); // so that nothing is deleted where one of them refuses
    const left = found.foreign.filter((name) => !isJob(name));
    for (const job of jobs) {
      left.push(...(await clearRunFolder(job, tables)).map((name) => path.join(path.basename(job), name)));
      removeEmpty(job);
    }
    clear(root, found);
    return left;
  });
}
