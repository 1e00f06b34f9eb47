import { z } from 'zod';
import { UserError } from '../lib/errors.ts';
import { models, type Model } from '../models/index.ts';

/** Ids of the tokens that the model and its generation need to know. */
export interface SpecialTokens {
  /** Absent where the tokenizer has no token that begins a text. */
  readonly bos?: number;
  /** Ends a turn of the assistant's; generation stops at it. */
  readonly eos: number;
  readonly pad: number;
}

/** `config.json`, such that `GPT2LMHeadModel.from_pretrained` builds the same network. */
export const hfConfig = (model: Model, tokens: SpecialTokens): Record<string, unknown> => ({
  architectures: ['GPT2LMHeadModel'],
  model_type: 'gpt2',
  vocab_size: model.vocabSize,
  n_positions: model.nPositions,
  n_ctx: model.nPositions,
  n_embd: model.nHead * model.headSize,
  n_layer: model.nLayer,
  n_head: model.nHead,
  activation_function: 'gelu_new',
  layer_norm_epsilon: 1e-5,
  resid_pdrop: 0,
  embd_pdrop: 0,
  attn_pdrop: 0,
  tie_word_embeddings: true,
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

/** The parts of a GPT-2 `config.json` that this kit's network depends on; the rest is ignored. */
const schema = z.object({
  model_type: z.literal('gpt2'),
  vocab_size: z.int().positive(),
  n_positions: z.int().positive(),
  n_embd: z.int().positive(),
  n_layer: z.int().positive(),
  n_head: z.int().positive(),
  n_inner: z.int().nullish(),
  activation_function: z.literal('gelu_new').default('gelu_new'),
  layer_norm_epsilon: z.literal(1e-5).default(1e-5),
  tie_word_embeddings: z.literal(true).default(true),
  scale_attn_weights: z.literal(true).default(true),
  scale_attn_by_inverse_layer_idx: z.literal(false).default(false),
  bos_token_id: z.int().nullish(),
  eos_token_id: z.int(),
  pad_token_id: z.int().nullish(),
});

/**
 * @throws UserError naming every key that is missing or describes a network this kit does not have.
 */
export function parseHfConfig(json: unknown, file: string): { model: Model; tokens: SpecialTokens } {
  const { data, error } = schema.safeParse(json);
  if (error) {
    const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
    throw new UserError(`${file} does not describe a GPT-2 that dormouse can run: ${problems.join('; ')}`);
  }
  const { n_embd: nEmbd, n_head: nHead, n_layer: nLayer, n_positions: nPositions, n_inner: nInner } = data;
  if (nEmbd % nHead !== 0) throw new UserError(`${file}: n_embd ${nEmbd} is not divisible by n_head ${nHead}`);
  if (typeof nInner === 'number' && nInner !== 4 * nEmbd)
    throw new UserError(`${file}: n_inner ${nInner} is not supported; it must be 4 x n_embd = ${4 * nEmbd}`);
  return {
    model: models.gpt2.create({ nLayer, nHead, nEmbd, nPositions }, data.vocab_size),
    tokens: {
      ...(typeof data.bos_token_id === 'number' ? { bos: data.bos_token_id } : {}),
      eos: data.eos_token_id,
      pad: data.pad_token_id ?? data.eos_token_id,
    },
  };
}
