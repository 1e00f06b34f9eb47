import { Command } from 'commander';
import { importedDatasetName, isDatasetFile, surveyDataset } from '../archive/import-dataset.ts';
import { expectNothingIn, importedName, importModel, isGguf, isRepository } from '../archive/import-model.ts';
import type { Imported } from '../archive/import-model.ts';
import { readGguf } from '../bridges/gguf/read.ts';
import { UserError } from '../lib/errors.ts';
import { fileSha256 } from '../lib/files.ts';
import { loadCheckpoint } from '../nn/checkpoints/index.ts';
import { download } from './download.ts';
import { grouped, print, printJson, say } from './terminal.ts';

interface Options {
  readonly dataset?: boolean;
  readonly out?: string;
  readonly revision?: string;
  readonly json?: boolean;
}

const HELP = `
A folder as Hugging Face transformers writes it: config.json, model.safetensors (or shards of it), tokenizer.json and
tokenizer_config.json. Architectures: see "dormouse list models". Everything is read and checked once, here.

Or one file.gguf, as llama.cpp, Ollama and LM Studio run it: the families of Llama and GPT-2, in F32, F16, BF16, Q8_0, Q4_0, Q4_1,
Q4_K and Q6_K; tokenizer and chat template are in the file. What comes out has the file's values as float32; imported.json has
the file's SHA-256.

OWNER/NAME that is no folder is downloaded from the Hugging Face hub, or from HF_ENDPOINT, with HF_TOKEN where it is set
(needs the package @huggingface/hub). Ctrl-C keeps what has arrived. Its commit is written into imported.json.

With --dataset, OWNER/NAME is a dataset of chats, prompts and completions, or preferences, in Parquet or JSONL: its files
come into a folder of their own, for "corpus: { kind: jsonl, path: DIR }", and its commit into hub.json.

Examples:
  $ dormouse import HuggingFaceTB/SmolLM2-135M-Instruct --revision main
  $ dormouse import ~/models/SmolLM-135M-Instruct
  $ dormouse import gpt2-folder --out checkpoints/gpt2
  $ dormouse import SmolLM2-135M-Instruct.Q4_1.gguf
  $ dormouse import HuggingFaceH4/no_robots --dataset
  $ dormouse run imported --set model.path=checkpoints/gpt2      or model: { kind: pretrained, path: ... } in a file`;

export const command = (): Command =>
  new Command('import')
    .argument('<source>', 'a Hugging Face folder, a GGUF file, or OWNER/NAME of a repository on the hub')
    .option('--dataset', 'OWNER/NAME is a dataset, not a model')
    .option('--revision <name>', 'branch, tag or commit of the repository (default: main)')
    .option('--out <dir>', 'where it is put (default: checkpoints/NAME, or datasets/NAME)')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(run);

async function run(source: string, options: Options): Promise<void> {
  if (options.dataset) return importDataset(source, options);
  const { out = importedName(source), revision, json } = options;
  expectNothingIn(out);
  const imported = await read(source, revision, out);
  if (json) return printJson({ out, ...imported });
  print(told(imported, out).join('\n'));
}

async function importDataset(source: string, { out, revision, json }: Options): Promise<void> {
  if (!isRepository(source))
    throw new UserError(`--dataset downloads OWNER/NAME; ${source} is none: a folder can be used where it is`, 2);
  const into = out ?? importedDatasetName(source);
  const { commit } = await download(source, 'dataset', revision, { into, files: isDatasetFile });
  const { rows, note } = await surveyDataset(into);
  if (json) return printJson({ out: into, source, revision: commit, rows, note });
  if (rows) print(`rows      ${grouped(rows.read)}, of which ${grouped(rows.used)} can be used`);
  if (note !== undefined) print(`note      ${note}`);
  print(`written   ${into}  (at ${commit})`);
  print(`use it    corpus: { kind: jsonl, path: ${into} }`);
}

async function read(source: string, revision: string | undefined, out: string): Promise<Imported> {
  if (isGguf(source)) {
    const { weights, ...model } = await readGguf(source);
    return importModel(model, { source, weights, sha256: fileSha256(source) }, out);
  }
  const foreign = (dir: string) => loadCheckpoint(dir, { unfinished: true });
  if (!isRepository(source)) return importModel(foreign(source), { source }, out);
  say(`no folder ${source} is here: asking the hub for it`);
  const { dir, commit } = await download(source, 'model', revision);
  return importModel(foreign(dir), { source, revision: commit }, out);
}

const told = (
  { model, parameters, weights, template, endOfTurn, probe, disclaimer }: Imported,
  out: string,
): string[] => [
  `model     ${model}`,
  `          ${grouped(parameters)} parameters${weights === undefined ? '' : `, read from ${weights}`}`,
  template === 'own'
    ? `template  its own; ${endOfTurn} ends a turn`
    : `template  it has none: this kit's plain one is used; ${endOfTurn} ends a turn`,
  ...probe
    .trimEnd()
    .split('\n')
    .map((line) => `          | ${line}`),
  ...(disclaimer === undefined ? [] : [`note      ${disclaimer}`]),
  `written   ${out}`,
  `use it    npx dormouse check imported --set model.path=${out}    (what it would cost; then run)`,
];
