import path from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { exists, listFolder, readJson, readText, writeAtomic } from '../../lib/files.ts';
import type { FileData, FileRef, Sums } from '../../lib/files.ts';
import { isSealed, openSealed, seal, unseal } from '../../lib/sealed.ts';
import { expectInside } from '../../lib/regular-file.ts';
import type { Model, Parameters } from '../models/index.ts';
import { hfConfig, hfGenerationConfig, parseHfConfig, prefixOf } from './config.ts';
import type { Architectures, DescribedModel, SpecialTokens } from './config.ts';
import { expectTensors } from './safetensors/index.ts';
import type { FloatType } from './safetensors/index.ts';
import { WEIGHTS } from './weight-index.ts';
import { readWeights, writeWeights } from './weights.ts';

export { readAdapter, saveAdapter, type AdapterBase } from './adapter.ts';
export { modelCard, type CardFacts } from './card.ts';
export type { Architectures, SpecialTokens } from './config.ts';
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

const TOKENIZER_REQUIRED = ['tokenizer.json', 'tokenizer_config.json'];
const TOKENIZER_OPTIONAL = [
  'chat_template.jinja',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
];

/**
 * Writes the folder file by file, each atomically, `DONE` last, which seals them and those `beside` them. Other files in the
 * folder stay.
 *
 * @param dtype of the weights as they are written: see `encodeSafetensors`.
 */
export function saveCheckpoint(
  dir: string,
  { model, tokens, parameters, tokenizer, card }: Checkpoint,
  beside: Sums = {},
  dtype: FloatType = 'float32',
): void {
  const at = (name: string): string => path.join(dir, name);
  const write = (name: string, data: FileData): Sums => ({ [name]: writeAtomic(at(name), data) });
  const json = (value: unknown): string => JSON.stringify(value, null, 2) + '\n';
  expectTensors(parameters, model.parameterSpecs, at(WEIGHTS));
  const prefix = prefixOf(model);
  const onDisk = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [prefix + name, tensor]));
  unseal(dir);
  const sums = [
    write('config.json', json({ ...hfConfig(model, tokens), torch_dtype: dtype })),
    write('generation_config.json', json(hfGenerationConfig(tokens))),
    ...Object.entries(tokenizer).map(([name, text]) => write(name, text)),
    writeWeights(dir, onDisk, { dtype }),
    write('README.md', card),
    beside,
  ];
  seal(dir, Object.assign({}, ...sums) as Sums);
}

/**
 * @param options.unfinished accept a folder without `DONE`, such as one that another program wrote.
 * @param options.otherwise see `openSealed`.
 * @param options.models the architectures that are known; absent: the kit's.
 * @throws UserError, one line that names the file and what is wrong with it.
 */
export function loadCheckpoint(
  dir: string,
  options: {
    readonly unfinished?: boolean;
    readonly models?: Architectures | undefined;
    readonly otherwise?: string | undefined;
  } = {},
): Checkpoint {
  const listed = listFolder(dir);
  if (listed.length === 0)
    throw new UserError(
      `no checkpoint in ${dir}: the folder is missing or empty; give a folder that holds config.json; "dormouse import" writes one`,
    );
  const incomplete = `${dir} is not a whole checkpoint`;
  const config = path.join(dir, 'config.json');
  const gguf = listed.find((name) => name.endsWith('.gguf'));
  if (gguf !== undefined && !exists(config))
    throw new UserError(
      `${dir} holds a GGUF file and no checkpoint: dormouse import ${path.join(dir, gguf)} makes one of it`,
    );
  for (const name of ['config.json', 'README.md', ...TOKENIZER_REQUIRED, ...TOKENIZER_OPTIONAL])
    expectInside(dir, name);
  if (!options.unfinished && !isSealed(dir) && exists(config))
    throw new UserError(`unfinished checkpoint: ${dir} has no DONE; run its experiment again and it continues`);
  const at = isSealed(dir) ? openSealed(dir, options.otherwise).at : (name: string): FileRef => path.join(dir, name);
  if (isSealed(dir) && !exists(config))
    throw new UserError(`no checkpoint in ${dir}: it has no config.json; of a whole run, give an arm's folder`);
  const { model, tokens, format } = parseHfConfig(readJson(at('config.json'), incomplete), config, options.models);
  const parameters = readParameters(dir, at, model, format);
  expectTensors(parameters, model.parameterSpecs, dir);
  const names = [...TOKENIZER_REQUIRED, ...TOKENIZER_OPTIONAL.filter((name) => exists(path.join(dir, name)))];
  const tokenizer = Object.fromEntries(names.map((name) => [name, readText(at(name), incomplete)]));
  for (const name of names) if (name.endsWith('.json')) readJson(at(name));
  return {
    model,
    tokens,
    parameters,
    tokenizer,
    card: exists(path.join(dir, 'README.md')) ? readText(at('README.md')) : '',
  };
}

/** `transformer.h.0...` and `h.0...` (both are in use) -> `h.0...`, without what is no parameter of this model. */
function readParameters(
  dir: string,
  at: (name: string) => FileRef,
  model: Model,
  { prefix, notParameters }: DescribedModel['format'],
): Parameters {
  const inMemory = (name: string): string => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
  const skip = (name: string): boolean =>
    notParameters.test(inMemory(name)) && !Object.hasOwn(model.parameterSpecs, inMemory(name));
  const parameters: Parameters = {};
  for (const [name, tensor] of Object.entries(readWeights(dir, { skip, at }))) {
    if (Object.hasOwn(parameters, inMemory(name)))
      throw new UserError(
        `the weights in ${dir} name ${inMemory(name)} twice: with the prefix "${prefix}" and without`,
      );
    parameters[inMemory(name)] = tensor;
  }
  return parameters;
}
