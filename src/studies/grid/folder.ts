import path from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { exists, isLeftover, listFolder, remove, writeAtomic } from '../../lib/files.ts';
import { withLock } from '../../lib/lock.ts';

/** What tells a grid's folder from a single run's: written first, removed last. */
const MARK = 'grid.json';

export interface GridMark {
  readonly command: string;
  readonly jobs: readonly { readonly name: string; readonly hash: string }[];
}

/** @throws UserError where the folder holds something that is not a grid. Hidden files and leftovers do not count. */
export function expectGridFolder(root: string): void {
  if (exists(path.join(root, MARK))) return;
  const names = listFolder(root).filter((name) => !name.startsWith('.') && !isLeftover(name));
  if (names.length === 0) return;
  const few = names.slice(0, 3).join(', ') + (names.length > 3 ? ', ...' : '');
  const what = names.includes('experiment.yaml')
    ? 'holds a single run'
    : `is not the folder of a sweep: it holds ${few}`;
  throw new UserError(`${root} ${what}; choose an empty or new folder (--out)`);
}

/** Says that the folder is a grid's, and which jobs are its own: others may lie there from an earlier form of it. */
export const markGridFolder = (root: string, mark: GridMark): void =>
  void writeAtomic(path.join(root, MARK), `${JSON.stringify({ format: 'dormouse-grid-1', ...mark }, null, 1)}\n`);

/** Deletes everything a grid left in its folder. @throws UserError where it is not a grid's, or one is at work in it. */
export async function clearGridFolder(root: string): Promise<void> {
  expectGridFolder(root);
  if (!exists(path.join(root, MARK))) return;
  await withLock(root, () => {
    const names = listFolder(root).filter((name) => name !== '.lock' && name !== MARK);
    for (const name of [...names, MARK]) remove(path.join(root, name));
    return Promise.resolve();
  });
}
