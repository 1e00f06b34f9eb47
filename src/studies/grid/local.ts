import { baseStages } from '../../lab/experiment/shipped-base.ts';
import { isOfOrganism } from '../../lab/experiment/types.ts';
import { baseKey } from '../../lab/run/base-cache.ts';
import type { Progress } from '../../lab/run/progress.ts';
import { askedThreads, peakBytes, shareOf, thisMachine } from './machine.ts';
import type { Share } from './machine.ts';
import { runInChild } from './run-child.ts';
import { createSchedule } from './schedule.ts';
import type { Execution, Job } from './types.ts';
import { plural } from '../../lib/text.ts';

/** Runs jobs in processes of this machine, those first that make a base which others share. */
export async function runLocally(execution: Execution): Promise<void> {
  const { jobs, io, baseCache, started, ended } = execution;
  const { workers, threads } = await share(execution);
  const keyOf = sharedBy(baseCache);
  const schedule = createSchedule(jobs, keyOf);
  const bell = createBell();

  const work = async (): Promise<void> => {
    while (schedule.left > 0 && !io.signal.aborted) {
      const job = schedule.next();
      if (!job) {
        await bell.rung(); // all that is left waits for a base
        continue;
      }
      const begin = performance.now();
      started(job);
      const progress = (event: Progress): void => {
        io.progress({ kind: 'work', job: job.name, event });
        const key = keyOf(job);
        if (key === undefined || !isBaseReady(event)) return;
        schedule.ready(key);
        bell.ring();
      };
      const ending = await runInChild(job, { autoThreads: threads, baseCache, signal: io.signal, progress });
      ended(job, ending, (performance.now() - begin) / 1000);
      schedule.ended(job);
      bell.ring();
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
}

/** What tells jobs that share a base in `baseCache` from others; undefined for one that shares none. */
export const sharedBy =
  (baseCache: string | undefined) =>
  ({ experiment }: Pick<Job, 'experiment'>): string | undefined =>
    baseCache === undefined || isOfOrganism(experiment) || baseStages(experiment).length === 0
      ? undefined
      : baseKey(experiment);

async function share({ jobs, workers, io, tables, ...options }: Execution): Promise<Share> {
  const experiments = jobs.map(({ experiment }) => experiment);
  // one job, or as many as somebody said: nothing to weigh
  const bytes = jobs.length === 1 || workers !== undefined ? 0 : await peakBytes(experiments, tables);
  const threads = options.threads ?? askedThreads(experiments);
  const chosen = shareOf({ jobs: jobs.length, workers, threads, bytes }, thisMachine());
  const text = `${plural(jobs.length, 'job')} on ${plural(chosen.workers, 'worker')}, ${plural(chosen.threads, 'thread')} each`;
  io.progress({ kind: 'note', text });
  return chosen;
}

/** An arm says that it is done after its weights were put where others find them. */
const isBaseReady = (event: Progress): boolean =>
  event.kind === 'arm' && event.arm === 'base' && (event.state === 'done' || event.state === 'reused');

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
