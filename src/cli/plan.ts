import path from 'node:path';
import { Command } from 'commander';
import { MOST_PROMPTS, MOST_SEEDS, planComparison, spreadOverSeeds } from '../lab/check/plan.ts';
import type { Aim, Plan, SeedSpread } from '../lab/check/plan.ts';
import { UserError } from '../lib/errors.ts';
import { exists, listFolder } from '../lib/files.ts';
import { readResults, resultsPath } from '../archive/results-file.ts';
import { numberIn } from './options.ts';
import { repeatable } from './plugin.ts';
import { colorsFor, columns, grouped, print, printJson, widthOf, wrap } from './terminal.ts';

interface Options {
  readonly from?: number;
  readonly to?: number;
  readonly base?: number;
  readonly difference?: number;
  readonly power: number;
  readonly alpha: number;
  readonly seedDeviation?: number;
  readonly run?: readonly string[];
  readonly json?: boolean;
}

const HELP = `
Two things blur a rate. Asking few prompts does: 7 of 10 may be 50 % or 90 %. And so do seeds: train the same recipe
twice and the two models differ. More prompts cure the first only. With one seed the answer holds for that one model;
what is to hold for the recipe needs several, and the report's intervals over seeds ask the same.

--seed-deviation is the standard deviation, between equally trained models, of the rate that each would show if it were
asked without end: with 0.1, two in three lie within 0.1 of their mean. The default is a guess; --run measures it on a
finished run with several seeds (the arm that varies most counts). --power is how likely the difference is to be seen, if it
is there (0.8 misses it once in five times), --alpha how likely one is seen that is not there.

The chance that the 95 % interval of the difference, paired by seed, leaves out zero: its share of 2,000 simulated
experiments, with seeds drawn from a beta distribution, and prompts from each.

Examples:
  $ dormouse plan --from 0.9 --to 0.6
  $ dormouse plan --base 0.5 --difference 0.1 --power 0.9 --seed-deviation 0.03
  $ dormouse plan --from 0.9 --to 0.6 --run checkpoints/mine`;

const DEVIATION = 0.1;
const share = numberIn(0, 1);

export const command = (): Command =>
  new Command('plan')
    .option('--from <rate>', 'the rate of one arm, such as 0.9', share)
    .option('--to <rate>', 'the rate of the other', share)
    .option('--base <rate>', 'instead of --from and --to: the rate of one arm ...', share)
    .option('--difference <d>', '... and how much lower the other is', share)
    .option('--power <p>', 'chance of seeing the difference', numberIn(0.05, 0.999), 0.8)
    .option('--alpha <a>', 'chance of seeing one that is not there', numberIn(0.0001, 0.5), 0.05)
    .option('--seed-deviation <s>', `standard deviation between seeds (default: ${DEVIATION})`, numberIn(0, 0.5))
    .addOption(repeatable('--run <dir>', 'measure --seed-deviation on a finished run; repeatable, one seed each'))
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(plan);

function plan(options: Options): void {
  const [p1, p2] = ratesOf(options);
  const spread = spreadOf(options);
  const seedDeviation = options.seedDeviation ?? (spread ? widest(spread).deviation : DEVIATION);
  const aim: Aim = { p1, p2, power: options.power, alpha: options.alpha, seedDeviation };
  const found = planComparison(aim);
  if (options.json) return printJson({ ...aim, ...(spread && { spread }), ...found });
  print([...question(aim, spread), '', ...table(found), '', ...advice(aim, found)].join('\n'));
}

function ratesOf({ from, to, base, difference }: Options): [number, number] {
  if (from !== undefined && to !== undefined && base === undefined && difference === undefined)
    return expectDifferent(from, to);
  if (base === undefined || difference === undefined || from !== undefined || to !== undefined)
    throw new UserError('no two rates to compare: give --from and --to, or --base and --difference', 2);
  const other = base - difference >= 0 ? base - difference : base + difference;
  if (other > 1)
    throw new UserError(`no rate is ${difference} away from ${base}; give a --difference up to ${Math.max(base, 1 - base)}`, 2); // prettier-ignore
  return expectDifferent(base, Number(other.toFixed(12)));
}

function expectDifferent(a: number, b: number): [number, number] {
  if (a === b) throw new UserError(`no difference to see: both rates are ${a}; give two that differ`, 2);
  return [a, b];
}

/** Of the runs given: a folder with results of its own, or one whose folders have. */
function spreadOf({ run, seedDeviation }: Options): SeedSpread[] | undefined {
  if (!run) return undefined;
  if (seedDeviation !== undefined)
    throw new UserError('--run measures --seed-deviation; give one of them, not both', 2);
  const inside = (dir: string): string[] =>
    exists(dir) && !exists(resultsPath(dir))
      ? listFolder(dir).map((name) => path.join(dir, name)).filter((sub) => exists(resultsPath(sub))) // prettier-ignore
      : [];
  const results = run.flatMap((dir) => (inside(dir).length > 0 ? inside(dir) : [dir])).map(readResults);
  const spread = spreadOverSeeds(results);
  if (spread.length === 0)
    throw new UserError(
      `no arm was measured on two seeds: ${run.join(', ')}; give a run with several seeds, or --run once a seed`,
    );
  return spread;
}

const widest = (spread: readonly SeedSpread[]): SeedSpread =>
  spread.reduce((most, arm) => (arm.deviation > most.deviation ? arm : most));

function question({ p1, p2, power, alpha = 0.05, seedDeviation }: Aim, spread?: readonly SeedSpread[]): string[] {
  const { bold, dim } = colorsFor(process.stdout);
  const rough = (x: number): string => String(Number(x.toFixed(3)));
  const capped = [p1, p2].filter((p) => seedDeviation ** 2 > p * (1 - p) + 1e-9);
  const measured = spread && widest(spread);
  return [
    bold(`To see ${p1} against ${p2} with power ${power}, at alpha ${alpha}:`),
    measured
      ? dim(`seeds differ by ${rough(seedDeviation)}: the widest arm, ${measured.arm}, over ${measured.seeds} seeds`)
      : dim(`seeds are taken to differ by ${rough(seedDeviation)} (--seed-deviation)`),
    ...capped.map((p) =>
      dim(`seeds of rate ${p} cannot differ by more than ${rough(Math.sqrt(p * (1 - p)))}: by that`),
    ),
  ];
}

function table({ designs, recommended }: Plan): string[] {
  const { bold } = colorsFor(process.stdout);
  const never = designs.filter(({ prompts }) => prompts === null).map(({ seeds }) => seeds);
  const rows = designs.flatMap(({ seeds, prompts }) => {
    if (prompts !== null) return [[String(seeds), grouped(prompts), seeds === 1 ? 'for this one model only' : '']];
    if (seeds !== never[0]) return [];
    const last = never.at(-1);
    return [[last === seeds ? String(seeds) : `${seeds} to ${last}`, 'never', 'too few seeds, whatever is asked']];
  });
  const taken = String(recommended?.seeds);
  return columns([['seeds', 'prompts a seed', ''], ...rows], [0, 1]).map((line, i) =>
    rows[i - 1]?.[0] === taken ? bold(`${line}  <- take this`) : line,
  );
}

function advice({ power }: Aim, { recommended }: Plan): string[] {
  const words = recommended
    ? `Take ${recommended.seeds} seeds and ${grouped(recommended.prompts)} prompts: power ${recommended.power.toFixed(2)}, known to .02. ` +
      `These are the fewest seeds that do with ${grouped(MOST_PROMPTS)} prompts or less; a seed costs a whole training ` +
      `run, a prompt one reply. Run them with: dormouse run FILE --seeds ${recommended.seeds}`
    : `Up to ${MOST_SEEDS} seeds of ${grouped(MOST_PROMPTS)} prompts do not reach power ${power}: the difference is ` +
      'small against what seeds differ by. Look for a larger one, or make training steadier.';
  return wrap(words, widthOf());
}
