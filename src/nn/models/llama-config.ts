import { z } from 'zod';
import { ropeScaling } from './rotary.ts';
import type { RopeScaling } from './rotary.ts';

/** Sizes of a Llama, as an experiment names them. */
export const params = z.strictObject({
  nLayer: z.int().positive().default(4).describe('transformer blocks'),
  nHead: z.int().positive().default(4).describe('attention heads; divides nEmbd'),
  nKvHead: z.int().positive().optional().describe('heads of keys and values; divides nHead; default: nHead'),
  headSize: z.int().positive().multipleOf(2).optional().describe('channels of a head; default: nEmbd / nHead'),
  nEmbd: z.int().positive().default(128).describe('width of the residual stream'),
  nInner: z.int().positive().optional().describe('width of the MLP; default: 8/3 nEmbd, up to the next multiple of 32'),
  nPositions: z.int().positive().default(96).describe('longest context, in tokens'),
  bias: z
    .enum(['none', 'qkv', 'attention', 'mlp', 'all'])
    .default('none')
    .describe('which linear maps add a bias; qkv is Qwen 2'),
  tiedEmbeddings: z.boolean().default(true).describe('the output head is the embedding of the tokens'),
  ropeTheta: z.number().positive().default(10_000).describe('base of the rotary frequencies'),
  ropeScaling: ropeScaling.optional().describe('Llama 3.1: rotary positions stretched to a longer context'),
  normEpsilon: z.number().positive().default(1e-5).describe('added to the mean square in RMSNorm'),
});

export type LlamaParams = z.output<typeof params>;

/** Every size decided. */
export interface LlamaConfig extends LlamaParams {
  readonly vocabSize: number;
  readonly nKvHead: number;
  readonly headSize: number;
  readonly nInner: number;
}

const byDefault = z.object({ rope_type: z.literal('default'), rope_theta: z.number().positive().optional() });
const stretched = byDefault.extend({
  rope_type: z.literal('llama3'),
  factor: z.number().positive(),
  low_freq_factor: z.number().positive(),
  high_freq_factor: z.number().positive(),
  original_max_position_embeddings: z.int().positive(),
});

/** `rope_scaling` of `config.json`, or `rope_parameters`, as transformers 5 has it. */
const hfRope = z
  .preprocess(
    (rope) =>
      typeof rope === 'object' && rope ? { rope_type: 'type' in rope ? rope.type : 'default', ...rope } : rope,
    z
      .discriminatedUnion('rope_type', [byDefault, stretched], {
        error: 'not a kind of rotary positions that is supported; it must be default or llama3',
      })
      .nullish(),
  )
  .transform((rope) => ({
    ...(rope?.rope_theta === undefined ? {} : { ropeTheta: rope.rope_theta }),
    ...(rope?.rope_type === 'llama3'
      ? {
          ropeScaling: {
            factor: rope.factor,
            lowFreqFactor: rope.low_freq_factor,
            highFreqFactor: rope.high_freq_factor,
            originalPositions: rope.original_max_position_embeddings,
          },
        }
      : {}),
  }));

/** The same the other way round, in the form that transformers 4 and 5 read. */
const toHfRope = (theta: number, scaling?: RopeScaling): Record<string, unknown> => ({
  rope_theta: theta,
  rope_scaling: scaling
    ? {
        rope_type: 'llama3',
        factor: scaling.factor,
        low_freq_factor: scaling.lowFreqFactor,
        high_freq_factor: scaling.highFreqFactor,
        original_max_position_embeddings: scaling.originalPositions,
      }
    : null,
});

/** Biases of queries, keys and values alone are Qwen 2's; everything else `LlamaForCausalLM` builds. */
export function hfConfig(config: LlamaConfig): Record<string, unknown> {
  const kind =
    config.bias === 'qkv'
      ? { architectures: ['Qwen2ForCausalLM'], model_type: 'qwen2', use_sliding_window: false }
      : {
          architectures: ['LlamaForCausalLM'],
          model_type: 'llama',
          attention_bias: ['attention', 'all'].includes(config.bias),
          mlp_bias: ['mlp', 'all'].includes(config.bias),
        };
  return {
    ...kind,
    vocab_size: config.vocabSize,
    hidden_size: config.nEmbd,
    intermediate_size: config.nInner,
    num_hidden_layers: config.nLayer,
    num_attention_heads: config.nHead,
    num_key_value_heads: config.nKvHead,
    head_dim: config.headSize,
    hidden_act: 'silu',
    max_position_embeddings: config.nPositions,
    rms_norm_eps: config.normEpsilon,
    ...toHfRope(config.ropeTheta, config.ropeScaling),
    attention_dropout: 0,
    tie_word_embeddings: config.tiedEmbeddings,
  };
}

/** The network that a `config.json` describes, refused where it is another. */
export const readHfConfig = z
  .object({
    model_type: z.enum(['llama', 'qwen2', 'mistral']),
    vocab_size: z.int().positive(),
    hidden_size: z.int().positive(),
    intermediate_size: z.int().positive(),
    num_hidden_layers: z.int().positive(),
    num_attention_heads: z.int().positive(),
    num_key_value_heads: z.int().positive().nullish(),
    head_dim: z.int().positive().nullish(),
    hidden_act: z.literal('silu').default('silu'),
    max_position_embeddings: z.int().positive(),
    rms_norm_eps: z.number().positive().default(1e-6),
    rope_theta: z.number().positive().default(10_000),
    rope_scaling: hfRope,
    rope_parameters: hfRope,
    attention_bias: z.boolean().default(false),
    mlp_bias: z.boolean().default(false),
    tie_word_embeddings: z.boolean().default(false),
    use_sliding_window: z.literal(false).default(false),
    sliding_window: z.int().nullish(),
    layer_types: z.array(z.literal('full_attention')).nullish(),
  })
  .superRefine((config, context) => {
    const { model_type: type, hidden_size: C, num_attention_heads: H, num_key_value_heads: K } = config;
    const refuse = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
    if (C % H !== 0) refuse('hidden_size', `${C} is not divisible by num_attention_heads ${H}`);
    if (K && H % K !== 0) refuse('num_key_value_heads', `${K} does not divide num_attention_heads ${H}`);
    // transformers takes another number than num_attention_heads for granted there
    if (K === undefined && type !== 'llama') refuse('num_key_value_heads', 'is missing');
    if ((config.head_dim ?? C / H) % 2 === 1) refuse('head_dim', 'must be even for rotary positions');
    if (type === 'mistral' && config.sliding_window !== null)
      refuse('sliding_window', `${config.sliding_window ?? 4096} is not supported; it must be null`);
    for (const key of ['attention_bias', 'mlp_bias'] as const)
      if (type !== 'llama' && config[key]) refuse(key, `true is not supported where model_type is ${type}`);
  })
  .transform((config) => ({
    vocabSize: config.vocab_size,
    params: {
      nLayer: config.num_hidden_layers,
      nHead: config.num_attention_heads,
      nKvHead: config.num_key_value_heads ?? config.num_attention_heads,
      headSize: config.head_dim ?? config.hidden_size / config.num_attention_heads,
      nEmbd: config.hidden_size,
      nInner: config.intermediate_size,
      nPositions: config.max_position_embeddings,
      bias: biasOf(config),
      tiedEmbeddings: config.tie_word_embeddings,
      ropeTheta: config.rope_theta,
      normEpsilon: config.rms_norm_eps,
      ...config.rope_scaling,
      ...config.rope_parameters,
    },
  }));

function biasOf(config: { model_type: string; attention_bias: boolean; mlp_bias: boolean }): LlamaConfig['bias'] {
  if (config.model_type === 'qwen2') return 'qkv';
  if (config.attention_bias) return config.mlp_bias ? 'all' : 'attention';
  return config.mlp_bias ? 'mlp' : 'none';
}

/** Constants that older files hold, and the output head where it is the embedding. */
export const notParameters = /(rotary_emb\.inv_freq|^lm_head\.weight)$/;
