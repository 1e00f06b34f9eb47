import path from 'node:path';
import { diffExperiments, experimentToYaml, resolveExperiment } from './experiment/index.ts';
import type { Experiment } from './experiment/index.ts';
import { UserError } from './lib/errors.ts';
import { exists, readText, writeAtomic } from './lib/files.ts';
import type { Tables } from './tables.ts';

const FILE = 'experiment.yaml';

/** The experiment that a run's folder belongs to, as it was resolved. */
export const readRunExperiment = (dir: string, tables: Tables): Experiment =>
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
