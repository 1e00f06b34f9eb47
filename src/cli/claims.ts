import { Command, InvalidArgumentError } from 'commander';
import { chooseClaims, claims, QUICK } from '../studies/claims/index.ts';
import type { Claim } from '../studies/claims/types.ts';
import { ledgerPaths, runClaims } from '../studies/claims/run.ts';
import type { GridEvent } from '../studies/grid/types.ts';
import { Interrupted } from '../lab/run/progress.ts';
import { renderLedgerTable } from '../report/ledger/table.ts';
import { tables } from '../lab/tables.ts';
import { stopOnSignal } from './interrupt.ts';
import { positiveInteger } from './options.ts';
import { colorsFor, duration, print, printJson, say, widthOf, wrap } from './terminal.ts';
import { defined } from '../lib/defined.ts';

interface Options {
  readonly list?: boolean;
  readonly only?: string;
  readonly quick?: boolean;
  readonly seeds?: number;
  readonly budget?: number;
  readonly workers?: number;
  readonly out: string;
  readonly json?: boolean;
}

const SEEDS = 3;

const HELP = `
Each claim is a rule with thresholds that were fixed before any run, over cells: small experiments that claims share.
Cells run in parallel, the cheapest claim first; Ctrl-C saves, and the same command continues. The ledger of what
there is lies in the folder as ledger.json, LEDGER.md and ledger.html.

Examples:
  $ dormouse claims --list
  $ dormouse claims --quick                  ${QUICK.length} claims in about 15 minutes on 2 cores
  $ dormouse claims --only C6,C11 --seeds 5
  $ dormouse claims --budget 30m             as many as fit; the rest stays "not run", and a rerun goes on`;

export const command = (): Command =>
  new Command('claims')
    .option('--list', 'say what the claims are, and run nothing')
    .option('--only <ids>', 'some of them, as in C6,C11')
    .option('--quick', `the ${QUICK.length} cheapest worth having, within 15 minutes`)
    .option('--seeds <n>', `seeds 1 to n of every cell (default: ${SEEDS})`, positiveInteger)
    .option('--budget <time>', 'stop after this time, as in 30m, 2h or 90s', seconds)
    .option('--workers <n>', 'cells at once (default: as many as cores and memory allow)', positiveInteger)
    .option('--out <dir>', 'where cells and ledger are kept', 'checkpoints/claims')
    .option('--json', 'as JSON on stdout; words go to stderr')
    .addHelpText('after', HELP)
    .action(run);

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

function seconds(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text.trim()) ?? [];
  const total = Number(amount) * (UNITS[unit] ?? 0);
  if (!(total > 0)) throw new InvalidArgumentError('give a time such as 30m, 2h or 90s');
  return total;
}

const QUICK_SECONDS = 15 * 60;

async function run(options: Options): Promise<void> {
  const { list, only, quick, json, out, workers } = options;
  const chosen = only !== undefined ? chooseClaims(only.split(',')) : quick ? chooseClaims(QUICK) : claims;
  if (list) return json ? printJson(chosen.map(described)) : print(chosen.map(told).join('\n\n'));
  const begin = performance.now();
  const stop = stopOnSignal(say);
  const budgetSeconds = options.budget ?? (quick ? QUICK_SECONDS : undefined);
  try {
    const ledger = await runClaims({
      claims: chosen,
      tables,
      seeds: Array.from({ length: options.seeds ?? SEEDS }, (_, i) => i + 1),
      dir: out,
      io: { progress: createTeller(), signal: stop.signal },
      date: new Date().toISOString().slice(0, 10),
      command: commandFor(options),
      ...defined({ budgetSeconds, workers }),
    });
    const { page, markdown } = ledgerPaths(out);
    if (json) printJson(ledger);
    else print(`\n${renderLedgerTable(ledger)}\nledger  ${page}\n        ${markdown}`);
    say(duration((performance.now() - begin) / 1000));
    if (stop.signal.aborted) throw new Interrupted(`interrupted; saved in ${out}; the same command continues`);
  } finally {
    stop.dispose();
  }
}

/** Cells as they end, one line each. */
function createTeller(): (event: GridEvent) => void {
  const { dim, red } = colorsFor(process.stderr);
  return (event) => {
    if (event.kind === 'note') say(dim(event.text));
    if (event.kind !== 'job' || event.state === 'started' || event.state === 'reused') return;
    const { job, state, ended, jobs, error } = event;
    const line = `${job}  ${state}, ${duration(event.seconds)}  ${dim(`${ended} of ${jobs}`)}`;
    say(error === undefined ? line : `${line}\n  ${red(error.split('\n')[0] ?? '')}`);
  };
}

const commandFor = ({ only, quick, seeds, budget }: Options): string =>
  [
    'npx dormouse claims',
    ...(only === undefined ? [] : [`--only ${only.toUpperCase().replaceAll(' ', '')}`]),
    ...(quick && only === undefined ? ['--quick'] : []),
    `--seeds ${seeds ?? SEEDS}`,
    ...(budget === undefined ? [] : [`--budget ${budget}s`]),
  ].join(' ');

const described = ({ measure: _, ...claim }: Claim): object => claim;

function told({ id, group, statement, source, paper, expected, rule, caveat, cells }: Claim): string {
  const { bold, dim } = colorsFor(process.stdout);
  const lines = [
    ['source', source],
    ['paper', paper],
    ['expected', expected],
    ['rule', rule],
    ...(caveat === undefined ? [] : [['caveat', caveat]]),
    ['cells', cells.map(({ name }) => name).join(', ')],
  ] as const;
  const rows = lines.flatMap(([label = '', text = '']) =>
    wrap(text, widthOf() - 16).map((line, i) => `     ${dim((i === 0 ? label : '').padEnd(10))} ${line}`),
  );
  const head = wrap(statement, widthOf() - 5).map((line, i) => (i === 0 ? id : '').padEnd(5) + line);
  return [...head.map((line) => bold(line)), `     ${dim(group)}`, ...rows].join('\n');
}
