import { resultsPath } from '../../../archive/results-file.ts';
import { exists, isFile, readText } from '../../../lib/files.ts';
import { isSealed } from '../../../lib/sealed.ts';
import type { Job } from '../types.ts';
import { arraysIn, keyOf, logPath, nameOf, tasksOf } from './batches.ts';
import type { Place } from './batches.ts';
import { endingsOf, queueOf } from './commands.ts';
import type { Queue, Seen } from './commands.ts';
import { isOver } from './fate.ts';
import { readStatus } from './status.ts';
import type { Status } from './status.ts';

/** A job that has not ended. */
export interface Tracked {
  readonly job: Job;
  readonly hash: string;
  /** In the queue; undefined: it is to be submitted. */
  place?: Place | undefined;
  isStarted: boolean;
  /** Looks at the queue since it was not there any more. */
  missed: number;
  /** Attempts in a row that came no further. */
  idle: number;
  /** The step that it came to. */
  best: number;
}

/** All arrays of a folder, as far as the queue knows them. */
export const queueIn = (dir: string): Promise<Queue> => queueOf(arraysIn(dir).map((array) => nameOf(dir, array)));

/** Gives every job that waits or runs already its place in the queue. @returns ids of the arrays that hold some. */
export function attach(dir: string, queue: Queue, open: ReadonlyMap<string, Tracked>): Map<string, string> {
  const live = new Set([...queue].flatMap(([key, { state }]) => (isOver(state) ? [] : [key])));
  const names = new Set([...live].map((key) => key.split('/')[0]));
  const ids = new Map<string, string>();
  for (const array of arraysIn(dir).filter((one) => names.has(nameOf(dir, one))))
    for (const [index, { hash }] of tasksOf(dir, array).entries()) {
      const place = { array, index };
      const one = open.get(hash);
      if (!one || !live.has(keyOf(dir, place))) continue;
      one.place = place;
      ids.set(array, queue.get(keyOf(dir, place))!.id);
    }
  return ids;
}

export const seenOf = (dir: string, { place }: Tracked, queue: Queue): Seen | undefined =>
  place && queue.get(keyOf(dir, place));

/** What a job said in the array where it is now. */
export function statusOf(dir: string, { hash, place }: Tracked): Status | undefined {
  const status = readStatus(dir, hash);
  return status?.batch === place?.array ? status : undefined;
}

/** A job that the queue holds no more. */
export interface Gone {
  readonly one: Tracked;
  /** What Slurm says of the end; undefined where it no longer knows. */
  readonly state: string | undefined;
  readonly status: Status | undefined;
}

/** Looks at the queue, of a job that left by itself or unseen, for which a job's last word may lag behind: file systems of networks show after seconds what is new. */
const PATIENCE = 2;

/** Those that the queue holds no more, as soon as it is known how they ended. */
export async function goneFrom(dir: string, open: readonly Tracked[], queue: Queue): Promise<Gone[]> {
  const gone = open.flatMap((one): Gone[] => {
    const seen = seenOf(dir, one, queue);
    if (!one.place || (seen && !isOver(seen.state))) return [];
    const status = statusOf(dir, one);
    const { ending } = status ?? {};
    const isTold = ending?.kind === 'failed' || (ending?.kind === 'done' && isFinished(one.job));
    const isQuiet = seen === undefined || ['COMPLETED', 'FAILED'].includes(seen.state);
    if (!isTold && isQuiet && ++one.missed < PATIENCE) return [];
    return [{ one, state: seen?.state, status: ending?.kind === 'done' && !isTold ? undefined : status }];
  });
  const unknown = gone.filter(({ state, status }) => state === undefined && !status?.ending);
  if (unknown.length === 0) return gone;
  const names = [...new Set(unknown.map(({ one }) => nameOf(dir, one.place!.array)))];
  const ends = await endingsOf(names);
  return gone.map((left) => ({ ...left, state: left.state ?? ends.get(keyOf(dir, left.one.place!)) }));
}

const isFinished = ({ dir }: Job): boolean => exists(resultsPath(dir)) && isSealed(dir);

const LAST_LINES = 12;

/** The end of what a job wrote; '' where it wrote nothing. */
export function lastWords(dir: string, { place }: Tracked): string {
  const log = place && logPath(dir, place);
  return log !== undefined && isFile(log) ? readText(log).trim().split('\n').slice(-LAST_LINES).join('\n') : '';
}
