import path from 'node:path';
import type { Provider } from '../engine/index.ts';
import { armsOf } from '../lab/assemble/arms-of.ts';
import { diffExperiments, experimentToYaml } from '../lab/experiment/compare.ts';
import { resolveAny } from '../lab/experiment/resolve.ts';
import type { AnyExperiment } from '../lab/experiment/types.ts';
import { UserError } from '../lib/errors.ts';
import { exists, isLeftover, listFolder, readText, remove, writeAtomic } from '../lib/files.ts';
import { withLock } from '../lib/lock.ts';
import type { Tables } from '../lab/tables.ts';
import { clear, runLayout, survey } from './own-files.ts';
import type { Survey } from './own-files.ts';
import { sha256 } from '../lib/sha256.ts';
import { few } from '../lib/list.ts';

const FILE = 'experiment.yaml';
/** Its last line, which says whether it is still what was written. */
const SUMMED = /^([\s\S]*\n)# sha256 of all above: ([0-9a-f]{64})\n$/;

/** Written first in a run's folder: it says whose folder that is. */
function writeRunExperiment(dir: string, experiment: AnyExperiment): void {
  const yaml = experimentToYaml(experiment);
  writeAtomic(path.join(dir, FILE), `${yaml}# sha256 of all above: ${sha256(yaml)}\n`);
}

/** The experiment that a run's folder belongs to, as it was resolved, and whether its file says that it is whole. */
function readRunExperiment(
  dir: string,
  tables: Tables,
): { readonly experiment: AnyExperiment; readonly isSummed: boolean } {
  const file = path.join(dir, FILE);
  const text = readText(file);
  const [found, above = '', sum] = SUMMED.exec(text) ?? [];
  if (found !== undefined && sha256(above) !== sum)
    throw new UserError(
      `${file} is damaged, or was changed: it is not what was written there (SHA-256); restore it from a copy, ` +
        `or take its last line away if the rest is right`,
    );
  return { experiment: resolveAny(text, file, {}, tables), isSummed: found !== undefined };
}

/**
 * Writes `experiment.yaml` with every default spelled out, or checks that the folder's is the same.
 *
 * @throws UserError showing each difference: a folder holds one experiment, from the first arm on.
 */
export function claimRunFolder(dir: string, experiment: AnyExperiment, tables: Tables): void {
  if (!isRunFolder(dir)) return writeRunExperiment(dir, experiment);
  const differences = diffExperiments(readRunExperiment(dir, tables).experiment, experiment);
  if (differences.length === 0) return;
  if (isBare(dir)) return writeRunExperiment(dir, experiment);
  throw new UserError(
    `${dir} holds a different experiment:\n${differences.map((line) => `  ${line}`).join('\n')}\n` +
      `choose another folder (--out), rename it (--set name=...), or start over with --fresh`,
  );
}

/** Was its run refused, or stopped, before anything was trained? Then whoever corrects the experiment need not clear it. */
const isBare = (dir: string): boolean => visible(dir).every((name) => name === FILE);

/** What lies in a folder, but for hidden files and what an interrupted write left. */
const visible = (dir: string): string[] => listFolder(dir).filter((name) => !name.startsWith('.') && !isLeftover(name));

/** What a run was begun with; undefined where the folder holds none. Results differ in their last bits from one to another. */
export const providerOf = (dir: string, tables: Tables): Provider | undefined =>
  isRunFolder(dir) ? readRunExperiment(dir, tables).experiment.engine.provider : undefined;

/** Is there a run in this folder, or what looks like one? */
export const isRunFolder = (dir: string): boolean => exists(path.join(dir, FILE));

/** What a run left in its folder. @throws UserError where that cannot be told from what is not the run's. */
export function surveyRun(dir: string, tables: Tables): Survey {
  const { experiment, isSummed } = readRunExperiment(dir, tables);
  if (isSummed) return survey(dir, runLayout(armsOf(experiment, tables).map(({ name }) => name)));
  throw new UserError(
    `${path.join(dir, FILE)} is not of this version of dormouse, perhaps not of dormouse at all, so --fresh deletes nothing; ` +
      `delete the folder yourself, or choose another (--out)`,
  );
}

/**
 * Deletes what a run left in its folder, and nothing else; then gives the folder to `next`, if to anybody.
 *
 * @returns what lies there and is not the run's.
 * @throws UserError where the folder is not a run's, or a run is at work in it.
 */
export async function clearRunFolder(dir: string, tables: Tables, next?: AnyExperiment): Promise<readonly string[]> {
  expectRunFolder(dir);
  if (!isRunFolder(dir)) return [];
  surveyRun(dir, tables); // before anything is swept
  return withLock(dir, () => {
    const found = surveyRun(dir, tables);
    clear(dir, found);
    // last: until then the folder is known to be a run's
    if (next) writeRunExperiment(dir, next);
    else remove(path.join(dir, FILE));
    return Promise.resolve(found.foreign);
  });
}

/** @throws UserError where the folder holds something, and that is not a run. Hidden files and leftovers do not count. */
export function expectRunFolder(dir: string): void {
  if (isRunFolder(dir)) return;
  const names = visible(dir);
  if (names.length === 0) return;
  throw new UserError(
    `${dir} is not the folder of a run: it holds ${few(names)}; choose an empty or new folder (--out)`,
  );
}
