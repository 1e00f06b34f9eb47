import path from 'node:path';
import { diffExperiments, experimentToYaml, resolveExperiment } from '../lab/experiment/index.ts';
import type { Experiment } from '../lab/experiment/index.ts';
import { UserError } from '../lib/errors.ts';
import { exists, isLeftover, listFolder, readText, remove, writeAtomic } from '../lib/files.ts';
import { withLock } from '../lib/lock.ts';
import type { Tables } from '../lab/tables.ts';

const FILE = 'experiment.yaml';

/** The experiment that a run's folder belongs to, as it was resolved. */
const readRunExperiment = (dir: string, tables: Tables): Experiment =>
  resolveExperiment(
    readText(path.join(dir, FILE), `${dir} is not the folder of a run`),
    path.join(dir, FILE),
    {},
    tables,
  );

/**
 * Writes `experiment.yaml` with every default spelled out, or checks that the folder's is the same.
 *
 * @throws UserError showing each difference: a folder holds one experiment.
 */
export function claimRunFolder(dir: string, experiment: Experiment, tables: Tables): void {
  if (!exists(path.join(dir, FILE))) {
    writeAtomic(path.join(dir, FILE), experimentToYaml(experiment));
    return;
  }
  const differences = diffExperiments(readRunExperiment(dir, tables), experiment);
  if (differences.length === 0) return;
  throw new UserError(
    `${dir} holds a different experiment:\n${differences.map((line) => `  ${line}`).join('\n')}\n` +
      `choose another folder (--out), rename it (--set name=...), or start over with --fresh`,
  );
}

/** Deletes everything a run left in its folder. @throws UserError where the folder is not a run's, or a run is at work in it. */
export async function clearRunFolder(dir: string): Promise<void> {
  if (!exists(path.join(dir, FILE))) return expectRunFolder(dir);
  await withLock(dir, async () => {
    const names = listFolder(dir).filter((name) => name !== '.lock' && name !== FILE);
    // the experiment last: until then the folder is known to be a run's
    for (const name of [...names, FILE]) remove(path.join(dir, name));
  });
}

/** @throws UserError where the folder holds something, and that is not a run. Hidden files and leftovers do not count. */
export function expectRunFolder(dir: string): void {
  if (exists(path.join(dir, FILE))) return;
  const names = listFolder(dir).filter((name) => !name.startsWith('.') && !isLeftover(name));
  if (names.length === 0) return;
  const few = names.slice(0, 3).join(', ') + (names.length > 3 ? ', ...' : '');
  throw new UserError(`${dir} is not the folder of a run: it holds ${few}; choose an empty or new folder (--out)`);
}
