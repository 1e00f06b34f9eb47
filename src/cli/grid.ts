import path from 'node:path';
import type { Cell, Sweep } from '../lab/experiment/sweep.ts';
import { clearGridFolder } from '../studies/grid/folder.ts';
import { planJobs } from '../studies/grid/plan.ts';
import type { Plan } from '../studies/grid/plan.ts';
import { gridPaths, readGridResults } from '../studies/grid/results-files.ts';
import { runGrid } from '../studies/grid/run-grid.ts';
import type { JobOutcome } from '../studies/grid/types.ts';
import { UserError } from '../lib/errors.ts';
import { exists } from '../lib/files.ts';
import { effects, outcome } from './outcome.ts';
import { Interrupted } from '../lab/run/progress.ts';
import { readResults, reportPath, resultsPath } from '../archive/results-file.ts';
import type { Tables } from '../lab/tables.ts';
import { cancelled, executorOf } from './executor.ts';
import type { ExecutorOptions } from './executor.ts';
import { createGridProgress } from './grid-progress.ts';
import { reproducingCommand, runName } from './options.ts';
import type { ExperimentOptions, Seeds } from './options.ts';
import { colorsFor, duration, say } from './terminal.ts';
import type { Results } from '../results/types.ts';

/** The options of `dormouse run`. */
export interface RunOptions extends ExperimentOptions, ExecutorOptions {
  readonly out?: string;
  readonly fresh?: boolean;
  readonly json?: boolean;
  readonly seeds?: Seeds;
  readonly workers?: number;
  readonly profile?: boolean;
}

/** After `--fresh`. */
export function sayLeft(dir: string, left: readonly string[]): void {
  const few = left.slice(0, 5).join(', ') + (left.length > 5 ? `, and ${left.length - 5} more` : '');
  if (left.length > 0) say(`left in ${dir}, since dormouse did not write it: ${few}`);
}

/** `dormouse run` of several seeds or of a sweep. */
export async function runGridCommand(file: string, sweep: Sweep, tables: Tables, options: RunOptions): Promise<void> {
  if (options.profile)
    throw new UserError('--profile is for a single run: leave it out, or give one job of the grid', 2);
  const begin = performance.now();
  const plan = planOf(file, sweep, options);
  const { root, jobs, axes, seeds } = plan;
  const { workers, cancel } = options;
  const { executor, leaves, stopOnSignal } = executorOf(options, root, { workers });
  if (cancel) return say(await cancelled(root));
  if (options.fresh) sayLeft(root, await clearGridFolder(root, tables));
  const emit = (event: object): void => void (options.json && process.stdout.write(`${JSON.stringify(event)}\n`));
  const view = createGridProgress({ jobs, tables, stream: process.stderr, onEvent: emit });
  const size = axes.length > 0 ? `${plan.cells.length} cells, ${seeds.length} seeds` : `seeds ${seeds.join(', ')}`;
  view.tell(
    `${colorsFor(process.stderr).bold(jobs[0]?.experiment.name ?? '')}: ${size}, ${jobs.length} jobs -> ${root}`,
  );
  const stop = stopOnSignal(view.tell);
  try {
    const command = gridCommand(file, options);
    const outcomes = await runGrid({
      plan,
      tables,
      command,
      io: { progress: view.see, signal: stop.signal },
      executor,
      workers,
    });
    view.stop();
    const seconds = (performance.now() - begin) / 1000;
    emit({ kind: 'results', ...pathsOf(plan), seconds });
    const write = options.json ? process.stderr : process.stdout;
    write.write(ending(plan, write));
    say(duration(seconds));
    complain(outcomes, root, leaves);
  } finally {
    view.stop();
    stop.dispose();
  }
}

/** Where a grid is kept and what its jobs are. A folder of its own, beside that of a single run. */
export function planOf(file: string, sweep: Sweep, options: RunOptions): Plan {
  const [first] = sweep.cells;
  if (!first) throw new UserError(`${file} has nothing to run: give its sweep values, or leave it out`, 2);
  const kind = sweep.axes.length > 0 ? 'sweep' : 'seeds';
  const root = options.out ?? path.join('checkpoints', `${runName(first.experiment, options)}-${kind}`);
  const isSwept = sweep.axes.length > 0 || options.seeds === undefined;
  const commandFor = ({ settings, seed }: Cell): string => {
    const values = Object.entries({ ...settings, seed }).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    return reproducingCommand(file, {
      ...options,
      set: [...(options.set ?? []), ...(isSwept ? ['sweep={}'] : []), ...values],
    });
  };
  return planJobs(sweep, root, commandFor);
}

function gridCommand(file: string, options: RunOptions): string {
  const { seeds } = options;
  const command = reproducingCommand(file, options);
  return seeds === undefined ? command : `${command} --seeds ${typeof seeds === 'number' ? seeds : seeds.join(',')}`;
}

const pathsOf = ({ root, axes }: Plan): object =>
  axes.length > 0
    ? { results: gridPaths(root).json, table: gridPaths(root).csv, report: gridPaths(root).page }
    : { results: resultsPath(root), report: reportPath(root) };

/** The last words of a grid: what was found, and where it lies. */
export function ending({ root, axes }: Pick<Plan, 'root' | 'axes'>, stream: NodeJS.WriteStream): string {
  if (axes.length > 0) {
    const { page, csv } = gridPaths(root);
    return `\n${effects(readGridResults(root))}table   ${csv}\nreport  ${page}\n`;
  }
  if (!exists(resultsPath(root))) return '';
  const results = readResults(root);
  return `\n${outcome(results, stream)}\nreport  ${reportPath(root)}\n`;
}

/** @throws what the exit code is made of, where not every job came to its end. */
export function complain(outcomes: readonly JobOutcome[], root: string, leaves = 'are saved in'): void {
  const of = (state: JobOutcome['state']): JobOutcome[] => outcomes.filter((outcome) => outcome.state === state);
  const [interrupted, failed] = [of('interrupted'), of('failed')];
  if (interrupted.length > 0)
    throw new Interrupted(
      `interrupted; ${outcomes.length - interrupted.length} of ${outcomes.length} jobs ended, the others ${leaves} ${root}; ` +
        `the same command continues`,
    );
  if (failed.length === 0)
    return expectArms(outcomes.flatMap(({ job, results }) => (results ? [[job.name, results]] : [])));
  const lines = failed.map(({ job, error = '' }) => `  ${job.name}: ${error.replaceAll('\n', '\n    ')}`);
  throw new UserError(
    `${failed.length} of ${outcomes.length} jobs failed; the same command runs only those again\n${lines.join('\n')}`,
  );
}

/** @throws UserError (exit 1) naming the arms that came to no end, after what the others found is written. */
export function expectArms(runs: readonly (readonly [where: string, results: Results])[]): void {
  const failed = runs.flatMap(([where, { arms }]) =>
    arms.filter(({ failure }) => failure !== undefined).map(({ name }) => `${where}/${name}`),
  );
  if (failed.length > 0)
    throw new UserError(
      `arms that failed: ${failed.join(', ')}; results and report hold the reasons, and the other arms`,
    );
}
