import { Command } from 'commander';
import { describeExperiment, describeTable } from '../lab/experiment/describe.ts';
import type { EntryDescription, KeyDescription, ParamDescription, Schema } from '../lab/experiment/describe.ts';
import { shippedExperiments, shippedSchema } from '../lab/experiment/shipped.ts';
import { UserError } from '../lib/errors.ts';
import { lookup } from '../lib/table.ts';
import { estimate, plain } from '../report/format.ts';
import { pluginOption, tablesWith } from './plugin.ts';
import type { PluginOptions } from './plugin.ts';
import { colorsFor, columns, grouped, print, printJson, size, widthOf, wrap } from './terminal.ts';

const SUBJECTS = [
  'triggers',
  'behaviors',
  'corpora',
  'models',
  'stages',
  'evals',
  'organisms',
  'optimizers',
  'attackers',
] as const;

const HELP = `
Without a table: all of them, a line an entry. With one: also what each entry can be given, and its defaults; with an
entry: that one alone. "experiment" is the experiment file itself: its keys, what they cost and what leaving them out
saves. "bases" are the trained models that come with the kit, for base: { kind: shipped, name: NAME, seed: SEED }.

Examples:
  $ dormouse list
  $ dormouse list triggers
  $ dormouse list stages sft
  $ dormouse list bases
  $ dormouse list experiment
  $ dormouse list experiment --json-schema > experiment.schema.json   for editors; name it in the first line of a file:
                                             # yaml-language-server: $schema=experiment.schema.json`;

export const command = (): Command =>
  new Command('list')
    .argument('[table]', `one of ${[...SUBJECTS, 'experiment', 'experiments', 'bases'].join(', ')}`)
    .argument('[entry]', 'one of its entries')
    .addOption(pluginOption())
    .option('--json', 'as JSON')
    .option('--json-schema', 'of experiment: its JSON Schema')
    .addHelpText('after', HELP)
    .action(list);

interface Options extends PluginOptions {
  readonly json?: boolean;
  readonly jsonSchema?: boolean;
}

async function list(table: string | undefined, entry: string | undefined, options: Options): Promise<void> {
  if (options.jsonSchema) {
    if (table !== 'experiment') throw new UserError('--json-schema is that of the experiment: list experiment', 2);
    return print(JSON.stringify(await freshSchema(options), null, 1));
  }
  if (table === 'bases') return listBases(entry, options);
  const schema = options.plugin ? await freshSchema(options) : shippedSchema();
  const experiments = shippedExperiments();
  const named = experiments.map(({ name, summary }) => ({ kind: name, summary, params: [] }));
  const entries = Object.fromEntries(SUBJECTS.map((name) => [name, describeTable(schema.definitions?.[name] ?? {})]));
  if (table === undefined) return options.json ? printJson({ ...entries, experiments }) : overview({ ...entries, experiments: named }); // prettier-ignore
  if (table === 'experiments' && options.json) return printJson(experiments);
  const others = { experiment: describeExperiment(schema), experiments: named, bases: [] };
  const chosen = lookup({ ...entries, ...others }, table, 'table');
  const byKind = Object.fromEntries(chosen.map((one) => [one.kind, one]));
  const shown = entry === undefined ? chosen : [lookup(byKind, entry, `entry of ${table}`)];
  if (options.json) return printJson(shown);
  print(shown.map(details).join(table === 'experiments' ? '\n' : '\n\n'));
}

/** The bases that come with the kit, or those of one name. */
async function listBases(name: string | undefined, { json }: Options): Promise<void> {
  const { summarizeBases } = await import('../lab/experiment/base-metrics.ts');
  const all = summarizeBases();
  const byName = Object.fromEntries(all.map(({ name }) => [name, all.filter((base) => base.name === name)]));
  const shown = name === undefined ? all : lookup(byName, name, 'base');
  if (json) return printJson(shown);
  if (shown.length === 0) return print('no bases are here; npm run bases makes them');
  const rows = shown.map(({ name, seed, parameters, accuracy, cleanLoss, bytes, isHere, sha256 }) => [
    ...[name, String(seed), grouped(parameters)],
    ...(accuracy ? [plain(estimate(accuracy)), grouped(accuracy.n)] : ['', '']),
    ...[cleanLoss ? plain(estimate(cleanLoss)) : '', isHere ? size(bytes) : 'to make', sha256.slice(0, 8)],
  ]);
  print(columns([['base', 'seed', 'weights', 'accuracy', 'n', 'clean loss', 'size', 'SHA-256'], ...rows], [1, 2, 3, 4, 5, 6]).join('\n')); // prettier-ignore
  const note =
    'right answers to held-out prompts of its world, and nats a token of the reference answers, with 95 % intervals';
  const absent = [...new Set(shown.flatMap(({ name, isHere }) => (isHere ? [] : [name])))];
  const make = absent.map((name) => `${name} comes by recipe and SHA-256: npm run bases -- --name ${name} makes it`);
  for (const line of [note, ...make]) print(colorsFor(process.stdout).dim(wrap(line, widthOf()).join('\n')));
}

/** Of the tables as they are now: what the shipped file is made of. Loads the whole kit. */
export async function freshSchema(options: PluginOptions = {}): Promise<Schema> {
  const { experimentJsonSchema } = await import('../lab/experiment/json-schema.ts');
  const { optimizers, optimizerParams } = await import('../nn/training/optimizers/index.ts');
  const { attackers, attackerParams } = await import('../lab/red-team/index.ts');
  return experimentJsonSchema(await tablesWith(options), {
    optimizers: { table: optimizers, schema: optimizerParams },
    attackers: { table: attackers, schema: attackerParams },
  });
}

function overview(tables: Readonly<Record<string, readonly EntryDescription[]>>): void {
  const { bold, dim } = colorsFor(process.stdout);
  for (const [name, rows] of Object.entries(tables))
    print(`${bold(name)}\n${columns(rows.map(({ kind, summary }) => [`  ${kind}`, summary])).join('\n')}\n`);
  const more = '"dormouse list TABLE" shows parameters and defaults, "dormouse list experiment" the keys of a file.';
  print(dim(wrap(more, widthOf()).join('\n')));
}

function details({ kind, summary, params, ...own }: EntryDescription & Partial<KeyDescription>): string {
  const { bold, dim } = colorsFor(process.stdout);
  const { type, required = false } = own;
  const said = type === undefined ? summary : phrase({ ...own, type, required, description: summary });
  const rows = columns(params.map((param) => [`    ${param.name}`, phrase(param)]));
  return [bold(kind), ...columns([[`  ${said}`]]), ...rows.map((row) => dim(row))].join('\n');
}

/** `whole number, default 400: optimizer steps`. */
function phrase({ type, default: value, required, description }: Omit<ParamDescription, 'name'>): string {
  const shown = JSON.stringify(value)
    ?.replaceAll(/"([\w-]+)"/g, '$1')
    .replaceAll(/([,:])(?=\S)/g, '$1 ');
  const fallback = required ? 'needed' : shown === undefined ? 'optional' : `default ${shown}`;
  return `${type}, ${fallback}${description === '' ? '' : `: ${description}`}`;
}
