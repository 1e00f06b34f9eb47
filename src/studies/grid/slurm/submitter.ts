import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { scriptPath, writeArray } from './batches.ts';
import type { Task } from './batches.ts';
import { submit } from './commands.ts';
import { remove } from '../../../lib/files.ts';
import type { Profile } from './profile.ts';
import type { Tracked } from './tracked.ts';

/** Arrays are made this long at most: few clusters take longer ones. */
const MOST_TASKS = 1000;

export interface SlurmOptions {
  readonly profile: Profile;
  /** The profile's file, for messages. */
  readonly file: string;
  /** Where arrays are kept, and what jobs say: the same for the same grid, so that what was submitted is found again. */
  readonly dir: string;
}

// the task is written in what this file is: TypeScript under a loader, or JavaScript without one
const extension = path.extname(fileURLToPath(import.meta.url));
const TASK = fileURLToPath(new URL(`./task${extension}`, import.meta.url));

/**
 * Submits what waits, in arrays as long as the queue takes them: of jobs with an equal base one first, and the others when
 * its array has ended. What finds no room is tried again at the next call.
 *
 * @param keyOf equal for jobs that share a base.
 */
export function createSubmitter(
  { dir, profile, file }: SlurmOptions,
  baseCache: string | undefined,
  keyOf: (tracked: Tracked) => string | undefined,
) {
  let size = MOST_TASKS;
  const ids = new Map<string, string>();
  const made = new Set<string>();
  const command = {
    cwd: path.resolve('.'),
    words: [profile.node ?? process.execPath, ...(extension === '.ts' ? process.execArgv : []), TASK],
  };
  const taskOf = ({ hash, job: { experiment, dir: own, command: reproduces } }: Tracked): Task => {
    const request = { experiment, dir: own, command: reproduces, autoThreads: profile.cpus, baseCache };
    return { hash, request };
  };

  /** @returns Slurm's words where not all found room. */
  async function inArrays(
    jobs: readonly Tracked[],
    afterOf: (chunk: readonly Tracked[]) => string[],
  ): Promise<string | undefined> {
    // prettier-ignore
    for (let left = jobs; left.length > 0;) {
      const chunk = left.slice(0, size);
      const after = afterOf(chunk);
      const array = writeArray(dir, chunk.map(taskOf), { profile, after, command, now: Date.now() });
      const answer = await submit(scriptPath(dir, array), file);
      if (answer.kind === 'accepted') {
        ids.set(array, answer.id);
        for (const [index, tracked] of chunk.entries()) tracked.place = { array, index };
        left = left.slice(chunk.length);
        if (chunk.length === size) size = Math.min(MOST_TASKS, 2 * size);
        continue;
      }
      remove(path.join(dir, array));
      if (chunk.length === 1) return answer.words;
      size = Math.ceil(chunk.length / 2);
    }
    return undefined;
  }

  return {
    /** The id of an array that was found in the queue. */
    know: (array: string, id: string): void => void ids.set(array, id),
    /** The base of this job is there: whoever needs it waits for nothing. */
    ready(tracked: Tracked): void {
      const key = keyOf(tracked);
      if (key !== undefined) made.add(key);
    },
    /** @returns Slurm's words where not all found room. */
    async submit(open: Iterable<Tracked>): Promise<string | undefined> {
      const makers = new Map<string, Tracked>();
      const waiting: Tracked[] = [];
      for (const tracked of open) {
        if (!tracked.place) waiting.push(tracked);
        const key = keyOf(tracked);
        if (tracked.place && key !== undefined) makers.set(key, tracked);
      }
      const first: Tracked[] = [];
      const rest: Tracked[] = [];
      for (const tracked of waiting) {
        const key = keyOf(tracked);
        const isFree = key === undefined || made.has(key) || !makers.has(key);
        if (isFree && key !== undefined) makers.set(key, tracked);
        (isFree ? first : rest).push(tracked);
      }
      const after = (chunk: readonly Tracked[]): string[] => [
        ...new Set(chunk.flatMap((one) => ids.get(makers.get(keyOf(one) ?? '')?.place?.array ?? '') ?? [])),
      ];
      return (await inArrays(first, () => [])) ?? (await inArrays(rest, after));
    },
  };
}
