import { experimentHash } from '../../lab/experiment/compare.ts';
import { resolveAny } from '../../lab/experiment/resolve.ts';
import { UserError } from '../../lib/errors.ts';
import { exists } from '../../lib/files.ts';
import type { Results } from '../../results/types.ts';
import { readResults, resultsPath } from '../../archive/results-file.ts';
import type { Tables } from '../../lab/tables.ts';
import type { Job } from './types.ts';

/** The results of a job that was finished before: those in its folder, if they are of this very experiment. */
export function finishedResults({ dir, experiment }: Job, tables: Tables): Results | undefined {
  if (!exists(resultsPath(dir))) return undefined;
  try {
    const results = readResults(dir);
    const done = resolveAny(results.experiment, resultsPath(dir), {}, tables);
    return experimentHash(done) === experimentHash(experiment) ? results : undefined;
  } catch (error) {
    // results of another version or damaged ones: the run itself will say what is wrong with its folder
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
