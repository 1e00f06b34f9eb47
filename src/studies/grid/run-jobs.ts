import { UserError } from '../../lib/errors.ts';
import { readResults } from '../../archive/results-file.ts';
import { finishedResults } from './finished.ts';
import { runLocally } from './local.ts';
import type { Job, JobOutcome, RunJobsOptions } from './types.ts';
import { defined } from '../../lib/defined.ts';

/**
 * Runs every job in a process of its own, several at once, and says what became of each, in the order of the jobs. One that
 * is finished is not run again, one that was interrupted continues; one that fails, or whose process dies, takes no other
 * with it. Aborting saves all that are at work and starts no more, or leaves them where another machine has them.
 *
 * @throws UserError where two jobs would share a folder.
 */
export async function runJobs(
  jobs: readonly Job[],
  { executor = runLocally, ...options }: RunJobsOptions,
): Promise<JobOutcome[]> {
  const { io, tables } = options;
  expectOwnFolders(jobs);
  const outcomes = new Map<Job, JobOutcome>();
  const tell = (job: Job, state: 'started' | JobOutcome['state'], seconds = 0, error?: string): void => {
    const counts = { ended: outcomes.size, jobs: jobs.length };
    io.progress({ kind: 'job', job: job.name, state, ...counts, seconds, ...defined({ error }) });
  };
  const end = (outcome: JobOutcome): void => {
    outcomes.set(outcome.job, outcome);
    tell(outcome.job, outcome.state, outcome.seconds, outcome.error);
  };
  for (const job of jobs) {
    const results = finishedResults(job, tables);
    if (results) end({ job, state: 'reused', results, seconds: 0 });
  }
  const pending = jobs.filter((job) => !outcomes.has(job));
  if (pending.length > 0)
    await executor({
      ...options,
      jobs: pending,
      started: (job) => tell(job, 'started'),
      ended(job, ending, seconds) {
        if (ending.kind === 'done') end({ job, state: 'done', results: readResults(job.dir), seconds });
        else if (ending.kind === 'failed') end({ job, state: 'failed', error: ending.error, seconds });
        else end({ job, state: 'interrupted', seconds });
      },
    });
  for (const job of pending) if (!outcomes.has(job)) end({ job, state: 'interrupted', seconds: 0 });
  return jobs.map((job) => outcomes.get(job)!);
}

function expectOwnFolders(jobs: readonly Job[]): void {
  const owners = new Map<string, string>();
  for (const { dir, name } of jobs) {
    const owner = owners.get(dir);
    if (owner !== undefined)
      throw new UserError(`two jobs in one folder: ${owner} and ${name} in ${dir}; give each its own`);
    owners.set(dir, name);
  }
}
