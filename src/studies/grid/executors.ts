import path from 'node:path';
import { runLocally } from './local.ts';
import { slurm } from './slurm/index.ts';
import { readProfile } from './slurm/profile.ts';
import type { Executor } from './types.ts';

/** Where the jobs of a grid can run. */
interface ExecutorDefinition {
  readonly summary: string;
  /** What a Ctrl-C begins; absent: open jobs save and stop. */
  readonly stopping?: string;
  /** What becomes of them, in words that end with where they are kept. */
  readonly leaves: string;
  /**
   * @param root the grid's folder.
   * @param profile the file that says what its jobs may use, where it needs one.
   */
  create(root: string, profile: string): Executor;
}

/** What of the cluster is kept in a grid's folder. */
export const slurmFolder = (root: string): string => path.join(root, 'slurm');

/** Whom `--executor` can name. Equal jobs find the same results, wherever they ran. */
export const executors: Readonly<Record<'local' | 'slurm', ExecutorDefinition>> = {
  local: {
    summary: 'processes of this machine',
    leaves: 'are saved in',
    create: () => runLocally,
  },
  slurm: {
    summary: "array jobs of a cluster's Slurm, as the profile says (--cluster)",
    stopping: 'leaving the jobs to the cluster ...',
    leaves: 'stay on the cluster, which --cancel would change, and are saved in',
    create: (root, profile) => slurm({ profile: readProfile(profile), file: profile, dir: slurmFolder(root) }),
  },
};
