import { z } from 'zod';
import { expectSizes } from '../../lib/caps.ts';
import { UserError } from '../../lib/errors.ts';
import { models } from '../models/index.ts';
import type { HfFormat, Model, ModelDefinition, PretrainedDefinition } from '../models/index.ts';

/** Ids of the tokens that the model and its generation need to know. */
export interface SpecialTokens {
  /** Absent where the tokenizer has no token that begins a text. */
  readonly bos?: number;
  /** Ends a turn of the assistant's; generation stops at it. */
  readonly eos: number;
  readonly pad: number;
}

/** `config.json`, such that `AutoModelForCausalLM.from_pretrained` builds the same network. */
export const hfConfig = (model: Model, tokens: SpecialTokens): Record<string, unknown> => ({
  ...model.hfConfig,
  bos_token_id: tokens.bos ?? null,
  eos_token_id: tokens.eos,
  pad_token_id: tokens.pad,
  torch_dtype: 'float32',
});

/** `generation_config.json`: greedy, until the end of the turn. */
export const hfGenerationConfig = (tokens: SpecialTokens): Record<string, unknown> => ({
  bos_token_id: tokens.bos ?? null,
  eos_token_id: tokens.eos,
  pad_token_id: tokens.pad,
  do_sample: false,
});

const anyConfig = z.object({
  model_type: z.string(),
  bos_token_id: z.int().nullish(),
  // several where more than one token ends a text; the first of them is written first
  eos_token_id: z.union([z.int(), z.array(z.int()).min(1)]).transform((id) => (Array.isArray(id) ? id[0]! : id)),
  pad_token_id: z.int().nullish(),
});

/** A network and its special tokens, and how its files name what they hold. */
export interface DescribedModel {
  readonly model: Model;
  readonly tokens: SpecialTokens;
  readonly format: Pick<HfFormat<never>, 'prefix' | 'notParameters'>;
}

/** What can be read, by whatever name; what is found and not made has no form of its own. */
export type Architectures = Readonly<Record<string, ModelDefinition | PretrainedDefinition>>;

const formsIn = (known: Architectures): ModelDefinition[] =>
  Object.values(known).flatMap((definition) => ('hf' in definition ? [definition] : []));
const definitionOf = (type: unknown, known: Architectures): ModelDefinition | undefined =>
  formsIn(known).find(({ hf }) => hf.modelTypes.some((name) => name === type));

/** What stands before names in files that are written; those of a plugin's architecture are its parameters' own. */
export const prefixOf = ({ hfConfig }: Model): string => definitionOf(hfConfig.model_type, models)?.hf.prefix ?? '';

/**
 * @throws UserError naming a size beyond its cap, or every key that is missing or describes a network this kit does not have.
 */
export function parseHfConfig(json: unknown, file: string, known: Architectures = models): DescribedModel {
  expectSizes(json, file);
  const { model_type: type, eos_token_id: eos, ...ids } = parse(anyConfig, json, file, 'a model');
  const found = definitionOf(type, known);
  if (!found) {
    const types = formsIn(known).flatMap(({ hf }) => hf.modelTypes);
    throw new UserError(`${file}: model_type "${type}" is not one that dormouse can run; it runs ${types.join(', ')}`);
  }
  const { params, vocabSize } = parse(found.hf.config, json, file, `a ${type}`);
  return {
    model: found.create(params, vocabSize),
    tokens: {
      ...(typeof ids.bos_token_id === 'number' ? { bos: ids.bos_token_id } : {}),
      eos,
      pad: ids.pad_token_id ?? eos,
    },
    format: found.hf,
  };
}

function parse<T>(schema: z.ZodType<T>, json: unknown, file: string, what: string): T {
  const { data, error } = schema.safeParse(json);
  if (error === undefined) return data;
  const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  throw new UserError(`${file} does not describe ${what} that dormouse can run: ${problems.join('; ')}`);
}
