export { runJobs } from './run-jobs.ts';
export type { GridEvent, GridIo, Job, JobOutcome, RunJobsOptions } from './types.ts';
