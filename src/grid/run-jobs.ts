import type { Job, JobOutcome, RunJobsOptions } from './types.ts';

/** Runs jobs in parallel child processes. Being built: refuses everything until it does. */
export function runJobs(_jobs: readonly Job[], _options: RunJobsOptions): Promise<JobOutcome[]> {
  return Promise.reject(new Error('runJobs is not there yet'));
}
