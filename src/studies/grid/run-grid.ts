import path from 'node:path';
import { experimentHash } from '../../lab/experiment/compare.ts';
import { isOfOrganism } from '../../lab/experiment/types.ts';
import { withLock } from '../../lib/lock.ts';
import { baseKey } from '../../lab/run/base-cache.ts';
import { writeResults } from '../../archive/results-file.ts';
import { expectGridFolder, markGridFolder } from './folder.ts';
import { mergeSeeds } from './merge.ts';
import type { Plan } from './plan.ts';
import { runJobs } from './run-jobs.ts';
import { collectGrid } from './collect.ts';
import { writeGridResults } from './results-files.ts';
import type { JobOutcome, RunJobsOptions } from './types.ts';

export interface RunGridOptions extends Omit<RunJobsOptions, 'baseCache'> {
  readonly plan: Plan;
  /** Reproduces the whole grid, for the report. */
  readonly command: string;
}

/**
 * Runs all jobs of a plan, or those that are missing, and writes what is known together: `results.json` and
 * `report.html` of several seeds of one experiment; `sweep.json`, `sweep.csv` and `sweep.html` of a sweep.
 *
 * @returns what became of each job; some may have failed.
 * @throws UserError where the folder is not a grid's, or somebody else is at work in it.
 */
export async function runGrid({ plan, command, ...options }: RunGridOptions): Promise<JobOutcome[]> {
  const { root, jobs, axes } = plan;
  expectGridFolder(root);
  return withLock(root, async () => {
    markGridFolder(root, {
      command,
      jobs: jobs.map(({ name, experiment }) => ({ name, hash: experimentHash(experiment) })),
    });
    const outcomes = await runJobs(jobs, { ...options, ...sharedBases(plan) });
    const found = outcomes.flatMap(({ results }) => results ?? []);
    if (axes.length > 0) writeGridResults(root, collectGrid(plan, outcomes, command));
    else if (found.length > 0) writeResults(root, mergeSeeds(found, command));
    return outcomes;
  });
}

/** A cache only where two jobs have an equal base: bases of different seeds never are. */
function sharedBases({ root, jobs }: Plan): { readonly baseCache?: string } {
  const keys = jobs.flatMap(({ experiment }) => (isOfOrganism(experiment) ? [] : [baseKey(experiment)]));
  return new Set(keys).size < keys.length ? { baseCache: path.join(root, 'bases') } : {};
}
