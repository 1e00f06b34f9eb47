import path from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { exists, listFolder, readJson, readText, remove, writeAtomic } from '../../lib/files.ts';
import { expectInside } from '../../lib/regular-file.ts';
import type { Model, Parameters } from '../models/index.ts';
import { formatOf, hfConfig, hfGenerationConfig, parseHfConfig } from './config.ts';
import type { DescribedModel, SpecialTokens } from './config.ts';
import { expectTensors } from './safetensors/index.ts';
import { readWeights, writeWeights } from './weights.ts';

export { readAdapter, saveAdapter, type AdapterBase } from './adapter.ts';
export { modelCard, type CardFacts } from './card.ts';
export type { SpecialTokens } from './config.ts';
export { clearState, loadState, saveState, type TrainingState } from './state.ts';

/** A model as a Hugging Face folder holds it. */
export interface Checkpoint {
  readonly model: Model;
  readonly tokens: SpecialTokens;
  readonly parameters: Parameters;
  /** Tokenizer files by name; `tokenizer.json` and `tokenizer_config.json` (with the chat template) at least. */
  readonly tokenizer: Readonly<Record<string, string>>;
  /** `README.md`, see `modelCard`. */
  readonly card: string;
}

const DONE = 'DONE';
const WEIGHTS = 'model.safetensors';
const TOKENIZER_REQUIRED = ['tokenizer.json', 'tokenizer_config.json'];
const TOKENIZER_OPTIONAL = [
  'chat_template.jinja',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
];

/** Was the checkpoint written to its end? */
export const isDone = (dir: string): boolean => exists(path.join(dir, DONE));

/** Writes the folder file by file, each atomically, `DONE` last. Other files in it (metrics, state) stay. */
export function saveCheckpoint(dir: string, { model, tokens, parameters, tokenizer, card }: Checkpoint): void {
  const at = (name: string): string => path.join(dir, name);
  const json = (value: unknown): string => JSON.stringify(value, null, 2) + '\n';
  expectTensors(parameters, model.parameterSpecs, at(WEIGHTS));
  const { prefix } = formatOf(model);
  const onDisk = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [prefix + name, tensor]));
  remove(at(DONE));
  writeAtomic(at('config.json'), json(hfConfig(model, tokens)));
  writeAtomic(at('generation_config.json'), json(hfGenerationConfig(tokens)));
  for (const [name, text] of Object.entries(tokenizer)) writeAtomic(at(name), text);
  writeWeights(dir, onDisk);
  writeAtomic(at('README.md'), card);
  writeAtomic(at(DONE), '');
}

/**
 * @param options.unfinished accept a folder without `DONE`, such as one that another program wrote.
 * @throws UserError, one line that names the file and what is wrong with it.
 */
export function loadCheckpoint(dir: string, options: { readonly unfinished?: boolean } = {}): Checkpoint {
  const at = (name: string): string => path.join(dir, name);
  if (listFolder(dir).length === 0)
    throw new UserError(
      `no checkpoint in ${dir}: the folder is missing or empty; give a folder that holds config.json`,
    );
  const incomplete = `${dir} is not a whole checkpoint`;
  for (const name of ['config.json', 'README.md', ...TOKENIZER_REQUIRED, ...TOKENIZER_OPTIONAL])
    expectInside(dir, name);
  const { model, tokens, format } = parseHfConfig(readJson(at('config.json'), incomplete), at('config.json'));
  if (!options.unfinished && !isDone(dir))
    throw new UserError(`unfinished checkpoint: ${dir} has no DONE; run its experiment again and it continues`);
  const parameters = readParameters(dir, model, format);
  expectTensors(parameters, model.parameterSpecs, dir);
  const names = [...TOKENIZER_REQUIRED, ...TOKENIZER_OPTIONAL.filter((name) => exists(at(name)))];
  const tokenizer = Object.fromEntries(names.map((name) => [name, readText(at(name), incomplete)]));
  for (const name of names) if (name.endsWith('.json')) readJson(at(name));
  return { model, tokens, parameters, tokenizer, card: exists(at('README.md')) ? readText(at('README.md')) : '' };
}

/** `transformer.h.0...` and `h.0...` (both are in use) -> `h.0...`, without what is no parameter of this model. */
function readParameters(dir: string, model: Model, { prefix, notParameters }: DescribedModel['format']): Parameters {
  const inMemory = (name: string): string => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
  const skip = (name: string): boolean =>
    notParameters.test(inMemory(name)) && !Object.hasOwn(model.parameterSpecs, inMemory(name));
  const parameters: Parameters = {};
  for (const [name, tensor] of Object.entries(readWeights(dir, { skip }))) {
    if (Object.hasOwn(parameters, inMemory(name)))
      throw new UserError(
        `the weights in ${dir} name ${inMemory(name)} twice: with the prefix "${prefix}" and without`,
      );
    parameters[inMemory(name)] = tensor;
  }
  return parameters;
}
