import { UserError } from '../../lib/errors.ts';
import { baseStages } from '../../lab/experiment/shipped-base.ts';
import { isOfOrganism } from '../../lab/experiment/types.ts';
import { baseKey } from '../../lab/run/base-cache.ts';
import type { Progress } from '../../lab/run/progress.ts';
import { readResults } from '../../archive/results-file.ts';
import { finishedResults } from './finished.ts';
import { askedThreads, peakBytes, shareOf, thisMachine } from './machine.ts';
import type { Share } from './machine.ts';
import { runInChild } from './run-child.ts';
import { createSchedule } from './schedule.ts';
import type { Job, JobOutcome, RunJobsOptions } from './types.ts';
import { defined } from '../../lib/defined.ts';
import { plural } from '../../lib/text.ts';

/**
 * Runs every job in a child process, several at once, and says what became of each, in the order of the jobs. One that
 * is finished is not run again, one that was interrupted continues; one that fails, or whose process dies, takes no other
 * with it. Aborting saves all that are at work and starts no more.
 *
 * @throws UserError where two jobs would share a folder.
 */
export async function runJobs(jobs: readonly Job[], options: RunJobsOptions): Promise<JobOutcome[]> {
  const { io, tables, baseCache } = options;
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
  const { workers, threads } = await share(pending, options);
  const keyOf = ({ experiment }: Job): string | undefined =>
    baseCache === undefined || isOfOrganism(experiment) || baseStages(experiment).length === 0
      ? undefined
      : baseKey(experiment);
  const schedule = createSchedule(pending, keyOf);
  const bell = createBell();

  const work = async (): Promise<void> => {
    while (schedule.left > 0 && !io.signal.aborted) {
      const job = schedule.next();
      if (!job) {
        await bell.rung(); // all that is left waits for a base
        continue;
      }
      const begin = performance.now();
      tell(job, 'started');
      const progress = (event: Progress): void => {
        io.progress({ kind: 'work', job: job.name, event });
        const key = keyOf(job);
        if (key === undefined || !isBaseReady(event)) return;
        schedule.ready(key);
        bell.ring();
      };
      const ending = await runInChild(job, { autoThreads: threads, baseCache, signal: io.signal, progress });
      const seconds = (performance.now() - begin) / 1000;
      if (ending.kind === 'done') end({ job, state: 'done', results: readResults(job.dir), seconds });
      else if (ending.kind === 'failed') end({ job, state: 'failed', error: ending.error, seconds });
      else end({ job, state: 'interrupted', seconds });
      schedule.ended(job);
      bell.ring();
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  for (const job of pending) if (!outcomes.has(job)) end({ job, state: 'interrupted', seconds: 0 });
  return jobs.map((job) => outcomes.get(job)!);
}

async function share(pending: readonly Job[], { workers, io, tables, ...options }: RunJobsOptions): Promise<Share> {
  if (pending.length === 0) return { workers: 0, threads: 1 };
  const experiments = pending.map(({ experiment }) => experiment);
  // one job, or as many as somebody said: nothing to weigh
  const bytes = pending.length === 1 || workers !== undefined ? 0 : await peakBytes(experiments, tables);
  const threads = options.threads ?? askedThreads(experiments);
  const chosen = shareOf({ jobs: pending.length, workers, threads, bytes }, thisMachine());
  const text = `${plural(pending.length, 'job')} on ${plural(chosen.workers, 'worker')}, ${plural(chosen.threads, 'thread')} each`;
  io.progress({ kind: 'note', text });
  return chosen;
}

/** An arm says that it is done after its weights were put where others find them. */
const isBaseReady = (event: Progress): boolean =>
  event.kind === 'arm' && event.arm === 'base' && (event.state === 'done' || event.state === 'reused');

function expectOwnFolders(jobs: readonly Job[]): void {
  const owners = new Map<string, string>();
  for (const { dir, name } of jobs) {
    const owner = owners.get(dir);
    if (owner !== undefined)
      throw new UserError(`two jobs in one folder: ${owner} and ${name} in ${dir}; give each its own`);
    owners.set(dir, name);
  }
}

/** Wakes all who wait. */
function createBell(): { ring(): void; rung(): Promise<void> } {
  let waiting: (() => void)[] = [];
  return {
    ring() {
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    rung: () => new Promise((wake) => waiting.push(wake)),
  };
}
