import path from 'node:path';
import { exists, listFolder, writeAtomic } from '../../../lib/files.ts';
import { readJsonl } from '../../../lib/jsonl.ts';
import { sha256 } from '../../../lib/sha256.ts';
import type { Request } from '../run-request.ts';
import { scriptOf } from './script.ts';
import type { TaskCommand } from './script.ts';
import type { Profile } from './profile.ts';

/*
 * DIR/ARRAY/tasks.jsonl   what each task of an array runs, a line each
 *          /batch.sh      the script that was submitted
 *          /INDEX.log     what a task wrote
 * DIR/jobs/HASH.json      what a job says of itself, in whichever array it ran
 *
 * An array is known to Slurm by its name, which is made of the folder's: so it is found again by whoever finds the folder.
 */

/** A line of `tasks.jsonl`. */
export interface Task {
  readonly hash: string;
  readonly request: Request;
}

/** Where a job is: the folder of its array, and its number there. */
export interface Place {
  readonly array: string;
  readonly index: number;
}

const TASKS = 'tasks.jsonl';
const ARRAY = /^[0-9a-z]{8}$/;

export const nameOf = (dir: string, array: string): string =>
  `dormouse-${sha256(path.resolve(dir)).slice(0, 8)}-${array}`;
/** As `queueOf` calls it. */
export const keyOf = (dir: string, { array, index }: Place): string => `${nameOf(dir, array)}/${index}`;
export const scriptPath = (dir: string, array: string): string => path.join(dir, array, 'batch.sh');
export const logPath = (dir: string, { array, index }: Place): string => path.join(dir, array, `${index}.log`);

/** All that were ever submitted, or about to be. */
export const arraysIn = (dir: string): string[] => listFolder(dir).filter((name) => ARRAY.test(name));

export const tasksOf = (dir: string, array: string): Task[] =>
  readJsonl(path.join(dir, array, TASKS)) as unknown[] as Task[];

/** What one task of an array runs. */
export const taskAt = (dir: string, { array, index }: Place): Task | undefined => tasksOf(dir, array)[index];

/**
 * Writes what an array needs, before it is submitted: if this process ends in between, it is found by its name.
 *
 * @param now milliseconds: arrays are named by when they were made.
 */
export function writeArray(
  dir: string,
  tasks: readonly Task[],
  { profile, after, command, now }: { profile: Profile; after: readonly string[]; command: TaskCommand; now: number },
): string {
  let stamp = now;
  while (exists(path.join(dir, stamp.toString(36)))) stamp++;
  const array = stamp.toString(36);
  writeAtomic(path.join(dir, array, TASKS), tasks.map((task) => `${JSON.stringify(task)}\n`).join(''));
  const batch = { name: nameOf(dir, array), dir: path.resolve(dir, array), tasks: tasks.length, after };
  const words = [...command.words, path.resolve(dir), array];
  writeAtomic(scriptPath(dir, array), scriptOf(batch, profile, { ...command, words }));
  return array;
}
