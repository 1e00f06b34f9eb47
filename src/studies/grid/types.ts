import type { AnyExperiment } from '../../lab/experiment/types.ts';
import type { Tables } from '../../lab/tables.ts';
import type { Results } from '../../results/types.ts';
import type { Progress } from '../../lab/run/progress.ts';

/** One experiment among many: what `dormouse run` would do on its own, in a folder of its own. */
export interface Job {
  /** Readable, and different from every other job's of the same grid: `seed-2`. */
  readonly name: string;
  /** Resolved: its hash says whether it has been done. */
  readonly experiment: AnyExperiment;
  readonly dir: string;
  /** The command line that reproduces it, for reports and cards. */
  readonly command: string;
}

/**
 * What became of a job. `reused`: it was finished before. `interrupted`: saved, or not begun; a rerun continues.
 * `failed`: a rerun tries again.
 */
export interface JobOutcome {
  readonly job: Job;
  readonly state: 'done' | 'reused' | 'failed' | 'interrupted';
  /** Of a job that is done or was reused. */
  readonly results?: Results;
  /** Why it failed, with the last lines its process wrote. */
  readonly error?: string;
  /** That it took this time; 0 for one that was reused or never begun. */
  readonly seconds: number;
}

/** How a job ended where it ran. */
export type Ending =
  { readonly kind: 'done' } | { readonly kind: 'interrupted' } | { readonly kind: 'failed'; readonly error: string };

/** Runs jobs somewhere, and says of each when it starts and how it ended; of one that it leaves, nothing. */
export type Executor = (execution: Execution) => Promise<void>;

/** What an executor is given. */
export interface Execution extends Omit<RunJobsOptions, 'executor'> {
  /** None of them is finished. */
  readonly jobs: readonly Job[];
  started(job: Job): void;
  /** It took this time. */
  ended(job: Job, ending: Ending, seconds: number): void;
}

/** What a grid tells while it works. */
export type GridEvent =
  | { readonly kind: 'note'; readonly text: string }
  | {
      readonly kind: 'job';
      readonly job: string;
      readonly state: 'started' | JobOutcome['state'];
      /** Jobs that have ended in whatever way, and all of them. */
      readonly ended: number;
      readonly jobs: number;
      readonly seconds: number;
      readonly error?: string;
    }
  | { readonly kind: 'work'; readonly job: string; readonly event: Progress }
  | {
      /** How jobs stand that another machine has. */
      readonly kind: 'queue';
      readonly running: number;
      readonly waiting: number;
      /** Why most of them wait, in the scheduler's word. */
      readonly reason: string;
      /** Of all work, 0 to 1. */
      readonly share: number;
      readonly secondsLeft?: number;
    };

export interface GridIo {
  progress(event: GridEvent): void;
  /** Aborted by Ctrl-C: every job saves at its next step boundary and stops. */
  readonly signal: AbortSignal;
}

export interface RunJobsOptions {
  readonly io: GridIo;
  /** What the jobs' experiments name: the kit's, and what plugin files bring. A worker is a process of its own and knows no others. */
  readonly tables: Tables;
  /** Where jobs run; by default in processes of this machine. */
  readonly executor?: Executor;
  /** Jobs at once on this machine; by default as many as there are cores, and as memory allows. */
  readonly workers?: number | undefined;
  /** Of each job whose experiment says `auto`; by default the cores divided among the workers. */
  readonly threads?: number;
  /** A folder in which jobs with equal bases share them; absent: every job trains its own. */
  readonly baseCache?: string;
}
