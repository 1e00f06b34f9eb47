import { Option } from 'commander';
import type { Command } from 'commander';
import { executors, slurmFolder } from '../studies/grid/executors.ts';
import { cancelIn } from '../studies/grid/slurm/index.ts';
import type { Executor } from '../studies/grid/types.ts';
import { UserError } from '../lib/errors.ts';
import { exists } from '../lib/files.ts';
import { plural } from '../lib/text.ts';
import { SAVING, stopOnSignal } from './interrupt.ts';

export interface ExecutorOptions {
  readonly executor?: keyof typeof executors;
  readonly cluster?: string;
  readonly cancel?: boolean;
}

/** `--executor`, `--cluster` and `--cancel`: the same for every command that runs many jobs. */
export const withExecutor = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--executor <name>',
        `where jobs run: ${Object.entries(executors)
          .map(([name, { summary }]) => `${name}, ${summary}`)
          .join('; ')} (default: local)`,
      ).choices(Object.keys(executors)),
    )
    .option('--cluster <file>', 'profile of the cluster: partition, time, memory, ... (default: cluster.yaml)')
    .option('--cancel', 'cancel what this very command has on the cluster, after what runs has saved, and run nothing');

/** Where the jobs of a grid run, and what becomes of them when this process is asked to stop. */
export interface Chosen {
  readonly executor: Executor;
  /** As `interrupted; open jobs ... ROOT` goes on. */
  readonly leaves: string;
  stopOnSignal(tell: (text: string) => void): ReturnType<typeof stopOnSignal>;
}

/**
 * @param root the grid's folder.
 * @param local options that are for this machine alone, where they are given.
 * @throws UserError (exit code 2) for options that do not go together, or a profile that is wrong.
 */
export function executorOf(
  { executor = 'local', cluster, cancel }: ExecutorOptions,
  root: string,
  local: Readonly<Record<string, unknown>>,
): Chosen {
  if (executor === 'local' && (cluster !== undefined || cancel))
    throw new UserError(`--${cancel ? 'cancel' : 'cluster'} is of a cluster: give --executor slurm with it`, 2);
  const alien = Object.keys(local).find((name) => executor !== 'local' && local[name] !== undefined);
  if (alien !== undefined)
    throw new UserError(`--${alien} is for this machine; what jobs may use on the cluster says its profile`, 2);
  const { create, leaves, stopping = SAVING } = executors[executor];
  return {
    executor: create(root, cluster ?? 'cluster.yaml'),
    leaves,
    stopOnSignal: (tell) => stopOnSignal(tell, stopping),
  };
}

/** `--cancel`: in words what was cancelled. */
export async function cancelled(root: string): Promise<string> {
  const dir = slurmFolder(root);
  if (!exists(dir))
    throw new UserError(`nothing was ever submitted from ${root}; give the --out of the run that was`, 2);
  const jobs = await cancelIn(dir);
  return jobs === 0
    ? `nothing of ${root} is in the queue`
    : `cancelled ${plural(jobs, 'job')} of ${root}; the same command without --cancel goes on from what is saved`;
}
