import { Command } from 'commander';
import { chooseClaims, claims, FIRST, QUICK } from '../studies/claims/index.ts';
import type { Claim } from '../studies/claims/types.ts';
import { LOOKS, pilotSeeds, runsOfSeeds } from '../studies/claims/looks.ts';
import { claimJobs, ledgerPaths, planClaims, runClaims } from '../studies/claims/run.ts';
import { besideRows, unitsOf } from '../studies/claims/plan.ts';
import type { Unit } from '../studies/claims/plan.ts';
import type { PlannedUnit } from '../studies/claims/run.ts';
import { claimHash } from '../studies/claims/hash.ts';
import { Interrupted } from '../lab/run/progress.ts';
import { renderLedgerTable } from '../report/ledger/table.ts';
import { tables } from '../lab/tables.ts';
import { cancelled, executorOf, withExecutor } from './executor.ts';
import type { ExecutorOptions } from './executor.ts';
import { createGridProgress } from './grid-progress.ts';
import { positiveInteger, secondsOption } from './options.ts';
import { colorsFor, duration, print, printJson, say, widthOf, wrap } from './terminal.ts';
import { defined } from '../lib/defined.ts';

interface Options extends ExecutorOptions {
  readonly list?: boolean;
  readonly plan?: boolean;
  readonly only?: string;
  readonly quick?: boolean;
  readonly seeds?: number;
  readonly pilot?: number;
  readonly budget?: number;
  readonly workers?: number;
  readonly out: string;
  readonly json?: boolean;
}

const SEEDS = LOOKS[0]!;

const HELP = `
Each claim is a rule with premises and thresholds that were fixed before any run, over cells: small experiments that
claims share. Safety training is a curve of five learning rates at two lengths, not one dose. A verdict needs the seeds
1 to ${LOOKS.join(', or 1 to ')}, and holds among all ${claims.length} claims (Holm). More seeds run what fewer left undecided;
from seed 6 on the five bases of a size come again, and seeds that share one count as one.

What people ask for first (${FIRST.join(', ')}) runs first, then the cheapest; other sizes come last. Cells
run in parallel; Ctrl-C saves, and the same command continues. The ledger lies in the folder as ledger.json, LEDGER.md and
ledger.html.

Examples:
  $ dormouse claims --list
  $ dormouse claims --plan                   the order, the cells, and about how many core hours are left
  $ dormouse claims --only C6,C11 --seeds 12
  $ dormouse claims --pilot 1 --only C6      on seed 100, which never judges
  $ dormouse claims --executor slurm         on a cluster, as cluster.yaml says (docs/cluster.md)
  $ dormouse claims --budget 30m             as many as fit; the rest stays "not run", and a rerun goes on`;

export const command = (): Command =>
  withExecutor(new Command('claims'))
    .option('--list', 'say what the claims are, and run nothing')
    .option('--plan', 'say what would be run, in which order and for how long, and run nothing')
    .option('--only <ids>', 'some of them, as in C6,C11')
    .option('--quick', `${QUICK.length} of them on the smallest organism, within 15 minutes`)
    .option(
      '--seeds <n>',
      `seeds 1 to n; from ${LOOKS[1]} on of what fewer left undecided (default: ${SEEDS})`,
      positiveInteger,
    )
    .option('--pilot <n>', 'n seeds from 100 up instead, which never judge', positiveInteger)
    .option('--budget <time>', 'stop after this time, as in 30m, 2h or 90s', secondsOption)
    .option('--workers <n>', 'cells at once (default: as many as cores and memory allow)', positiveInteger)
    .option('--out <dir>', 'where cells and ledger are kept', 'checkpoints/claims')
    .option('--json', 'as JSON on stdout; words go to stderr')
    .addHelpText('after', HELP)
    .action(run);

const QUICK_SECONDS = 15 * 60;

async function run(options: Options): Promise<void> {
  const { list, plan, only, quick, pilot, json, out, workers } = options;
  const chosen = only !== undefined ? chooseClaims(only.split(',')) : quick ? chooseClaims(QUICK) : claims;
  if (list) return json ? printJson(chosen.map(described)) : print(chosen.map(told).join('\n\n'));
  const looks = pilot === undefined ? runsOfSeeds(options.seeds ?? SEEDS) : [pilotSeeds(pilot)];
  const asked = { claims: chosen, tables, looks, dir: out, first: FIRST };
  if (plan) return showPlan(planClaims(asked), unitsOf(chosen), json);
  const { executor, leaves, stopOnSignal } = executorOf(options, out, { workers, budget: options.budget });
  if (options.cancel) return say(await cancelled(out));
  const begin = performance.now();
  const view = createGridProgress({ jobs: claimJobs(asked), tables, stream: process.stderr });
  const stop = stopOnSignal(view.tell);
  const isHere = (options.executor ?? 'local') === 'local';
  const budgetSeconds = options.budget ?? (quick && isHere ? QUICK_SECONDS : undefined);
  try {
    const ledger = await runClaims({
      ...asked,
      family: claims.length,
      io: { progress: view.see, signal: stop.signal },
      date: new Date().toISOString().slice(0, 10),
      command: commandFor(options),
      executor,
      ...defined({ budgetSeconds, workers }),
    });
    view.stop();
    const { page, markdown } = ledgerPaths(out);
    if (json) printJson(ledger);
    else print(`\n${renderLedgerTable(ledger)}\nledger  ${page}\n        ${markdown}`);
    say(duration((performance.now() - begin) / 1000));
    if (stop.signal.aborted)
      throw new Interrupted(`interrupted; open jobs ${leaves} ${out}; the same command continues`);
  } finally {
    view.stop();
    stop.dispose();
  }
}

/** The order of the work, and about how long it will take on one core. */
function showPlan(units: readonly PlannedUnit[], all: readonly Unit[], json = false): void {
  const hours = (coreSeconds: number): string => `${(coreSeconds / 3600).toFixed(1)} h`;
  if (json) return printJson(units);
  const rows = units.map(
    ({ name, cells, runs, finished, coreSeconds }) =>
      `${name.padEnd(10)} ${`${finished} of ${runs}`.padStart(9)} ${hours(coreSeconds).padStart(8)}  ${cells.join(', ')}`,
  );
  const total = units.reduce((sum, { coreSeconds }) => sum + coreSeconds, 0);
  const { served, baseless } = besideRows(all, units.map(({ name }) => name), tables); // prettier-ignore
  const beside = [
    ...(served.length > 0 ? [`served by cells of those above: ${served.join('; ')}`] : []),
    ...(baseless.length > 0 ? [`not judged, for a base of theirs is not here: ${baseless.join('; ')}`] : []),
  ].flatMap((line) => wrap(line, widthOf()));
  const head = `${'claim'.padEnd(10)} ${'done'.padStart(9)} ${'a core'.padStart(8)}  cells that no claim before it has run`;
  print(
    [
      head,
      ...rows,
      '',
      ...beside,
      `about ${hours(total)} of one core are left; finished cells correct the estimate`,
    ].join('\n'),
  );
}

/** Without its budget: the command that goes on until all is there. */
const commandFor = ({ only, quick, seeds, pilot }: Options): string =>
  [
    'npx dormouse claims',
    ...(only === undefined ? [] : [`--only ${only.toUpperCase().replaceAll(' ', '')}`]),
    ...(quick && only === undefined ? ['--quick'] : []),
    pilot === undefined ? `--seeds ${seeds ?? SEEDS}` : `--pilot ${pilot}`,
  ].join(' ');

const described = ({ measure: _, elsewhere, ...claim }: Claim): object => ({
  ...claim,
  elsewhere: elsewhere.map(({ size, cells }) => ({ size, cells })),
  hash: claimHash({ ...claim, measure: _, elsewhere }),
});

function told(claim: Claim): string {
  const { id, group, statement, source, paper, differs, expected, rule, experiment, caveat, size, elsewhere, cells } =
    claim;
  const { bold, dim } = colorsFor(process.stdout);
  const lines = [
    ['source', source],
    ['paper', paper],
    ['differs', differs],
    ['expected', expected],
    ['rule', rule],
    ...(caveat === undefined ? [] : [['caveat', caveat]]),
    ...(experiment === undefined ? [] : [['one of', experiment]]),
    ['size', [size, ...elsewhere.map((other) => other.size)].join('; beside it ')],
    ['hash', claimHash(claim).slice(0, 12)],
    ['cells', cells.map(({ name }) => name).join(', ')],
  ] as const;
  const rows = lines.flatMap(([label = '', text = '']) =>
    wrap(text, widthOf() - 16).map((line, i) => `     ${dim((i === 0 ? label : '').padEnd(10))} ${line}`),
  );
  const head = wrap(statement, widthOf() - 5).map((line, i) => (i === 0 ? id : '').padEnd(5) + line);
  return [...head.map((line) => bold(line)), `     ${dim(group)}`, ...rows].join('\n');
}
