import { setTimeout as wait } from 'node:timers/promises';
import { experimentHash } from '../../../lab/experiment/compare.ts';
import { UserError } from '../../../lib/errors.ts';
import { plural } from '../../../lib/text.ts';
import { sharedBy } from '../local.ts';
import type { Execution, Executor } from '../types.ts';
import { cancel } from './commands.ts';
import type { Queue } from './commands.ts';
import { fateOf, isOver } from './fate.ts';
import { createPace } from './pace.ts';
import { createSubmitter } from './submitter.ts';
import type { SlurmOptions } from './submitter.ts';
import { attach, goneFrom, lastWords, queueIn, seenOf, statusOf } from './tracked.ts';
import type { Gone, Tracked } from './tracked.ts';

/**
 * Runs jobs as array jobs of a cluster's Slurm. What its queue holds of them already is found again, whoever submitted it;
 * aborting leaves it there.
 *
 * @throws UserError where Slurm is not here, or refuses jobs like these.
 */
export const slurm =
  (options: SlurmOptions): Executor =>
  async ({ jobs, io, baseCache, started, ended }: Execution) => {
    const { dir, profile } = options;
    const open = new Map(jobs.map((job) => track(job)).map((one) => [one.hash, one]));
    const submitter = createSubmitter(options, baseCache, ({ job }) => sharedBy(baseCache)(job));
    const pace = createPace(jobs.length);
    const note = (text: string): void => io.progress({ kind: 'note', text });
    const noteNew = unlessSame(note);
    const begin = (one: Tracked): void => {
      if (!one.isStarted) started(one.job);
      one.isStarted = true;
    };

    const settle = (gone: readonly Gone[]): void => {
      const again = new Map<string, number>();
      for (const { one, state, status } of gone) {
        const done = status?.done ?? -1;
        one.idle = done > one.best ? 0 : one.idle + 1;
        one.best = Math.max(one.best, done);
        const fate = fateOf({ state, status, idle: one.idle, log: lastWords(dir, one), memory: profile.memory });
        begin(one);
        if (fate.kind === 'again') {
          again.set(fate.why, (again.get(fate.why) ?? 0) + 1);
          Object.assign(one, { place: undefined, isStarted: false, missed: 0 });
          continue;
        }
        open.delete(one.hash);
        if (fate.kind === 'done') submitter.ready(one);
        ended(one.job, fate, status?.seconds ?? 0);
      }
      for (const [why, count] of again) note(`${plural(count, 'job')} to go on from the last save: ${why}`);
    };

    /** After a while: of a controller that does not answer, when it does; the jobs go on meanwhile. */
    const lookAgain = async (): Promise<Queue> => {
      for (;;) {
        await wait(1000 * profile.pollSeconds, undefined, { signal: io.signal }).catch(() => {});
        try {
          return await queueIn(dir);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          noteNew(error.message);
          if (io.signal.aborted) return new Map();
        }
      }
    };

    let queue = await queueIn(dir);
    const ids = attach(dir, queue, open);
    for (const [array, id] of ids) submitter.know(array, id);
    if (ids.size > 0)
      note(`${plural([...open.values()].filter(({ place }) => place).length, 'job')} found in the queue`);
    while (!io.signal.aborted) {
      settle(await goneFrom(dir, [...open.values()], queue));
      if (open.size === 0) return;
      const full = await submitter.submit(open.values());
      noteNew(full && `the queue takes no more now (${full}): what is left is submitted when there is room`);
      for (const one of open.values()) if (seenOf(dir, one, queue)?.state === 'RUNNING') begin(one);
      const standing = [...open.values()].map((one) => ({
        seen: seenOf(dir, one, queue),
        part: () => partOf(dir, one),
      }));
      io.progress({ kind: 'queue', ...pace(standing) });
      queue = await lookAgain();
    }
  };

const track = (job: Tracked['job']): Tracked => ({
  ...{ job, hash: experimentHash(job.experiment), isStarted: false, missed: 0, idle: 0, best: -1 },
});

/** Steps done of all. */
function partOf(dir: string, one: Tracked): number {
  const { done = 0, total = 0 } = statusOf(dir, one) ?? {};
  return total > 0 ? done / total : 0;
}

/** Says a thing again only after another. */
function unlessSame(tell: (text: string) => void): (text: string | undefined) => void {
  let last: string | undefined;
  return (text) => {
    if (text !== undefined && text !== last) tell(text);
    last = text;
  };
}

/** Cancels what the queue holds of a grid, whoever submitted it: what runs saves first. @returns how many jobs. */
export async function cancelIn(dir: string): Promise<number> {
  const live = [...(await queueIn(dir)).values()].filter(({ state }) => !isOver(state));
  if (live.length > 0) await cancel([...new Set(live.map(({ id }) => id))]);
  return live.length;
}
