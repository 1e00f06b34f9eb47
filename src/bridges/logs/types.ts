import type { Evaluation } from '../../results/evaluations.ts';
import type { FileData } from '../../lib/files.ts';
import type { ArmSummary, Results, Row } from '../../results/types.ts';

/** One arm of a run, as its folder tells it. */
export interface ArmRecord {
  readonly summary: ArmSummary;
  /** The arm's rows of `results.json`. */
  readonly rows: readonly Row[];
  /** What the last evaluation kept beside its scores; absent where the arm failed. */
  readonly last?: Pick<Evaluation, 'outcomes' | 'exchanges'>;
  /** The lines of `metrics.jsonl`: `step`, `stage`, and numbers. */
  readonly metrics: readonly Readonly<Record<string, unknown>>[];
  /** When its last file was written: the only time that a run keeps. */
  readonly finished: Date;
}

export interface RunRecord {
  readonly results: Results;
  readonly arms: readonly ArmRecord[];
}

/** A way to hand a run's results to another tool. */
export interface LogFormat {
  readonly summary: string;
  /** The command that opens them. */
  readonly open: (dir: string) => string;
  /** The files by their paths under the folder. Pure: equal runs give equal files. */
  files(run: RunRecord): Readonly<Record<string, FileData>>;
}
