import { quoted } from '../../../lib/text.ts';
import { secondsOf } from './profile.ts';
import type { Profile } from './profile.ts';

/** An array of jobs as `sbatch` takes it. Folders are absolute: every node sees them at the same place. */
export interface Batch {
  /** What Slurm calls it, and nothing else of this user. */
  readonly name: string;
  /** Where its tasks, its script and its logs lie. */
  readonly dir: string;
  readonly tasks: number;
  /** Job ids of arrays that are to end first, however they end: they make the bases of these. */
  readonly after: readonly string[];
}

/** Before its time is up, a job is told to save: this long, or a quarter of the time where that is less. Seconds. */
const GRACE = 120;

/** The command that runs the task of this array whose number is the last word. */
export interface TaskCommand {
  readonly cwd: string;
  readonly words: readonly string[];
}

/** The text of the script: every job of the array is the same command with another number. */
export function scriptOf({ name, dir, tasks, after }: Batch, profile: Profile, { cwd, words }: TaskCommand): string {
  const { partition, account, qos, constraint, time, memory, cpus, gpus, atOnce, setup, options } = profile;
  const given = { partition, account, qos, constraint, time, mem: memory, 'cpus-per-task': cpus, gpus };
  const asked = {
    'job-name': name,
    array: `0-${tasks - 1}${atOnce === undefined ? '' : `%${atOnce}`}`,
    ...given,
    ...(after.length > 0 && { dependency: `afterany:${after.join(':')}` }),
    signal: `B:TERM@${Math.min(GRACE, Math.floor(secondsOf(time) / 4))}`,
    output: inQuotes(`${dir.replaceAll('%', '%%')}/%a.log`),
    chdir: inQuotes(cwd),
    'open-mode': 'append',
  };
  const directives = Object.entries(asked).flatMap(([option, value]) =>
    value === undefined ? [] : [`--${option}=${value}`],
  );
  return [
    '#!/bin/bash',
    ...[...directives, '--requeue', ...options].map((option) => `#SBATCH ${option}`),
    ...setup,
    `exec ${words.map(quoted).join(' ')} "$SLURM_ARRAY_TASK_ID"`,
    '',
  ].join('\n');
}

const inQuotes = (text: string): string => `"${text}"`;
