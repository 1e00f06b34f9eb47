import { z } from 'zod';
import { UserError } from '../../../lib/errors.ts';
import { decimal, parseMetadata, size, sizes } from '../metadata.ts';
import { reordered } from './types.ts';
import type { Family, HfConfig, Tensor } from './types.ts';

/** Everything that llama.cpp's converter writes of such a network; another key is another network. */
const schema = z
  .strictObject({
    ...sizes,
    'attention.key_length': size.optional(),
    'attention.value_length': size.optional(),
    'attention.layer_norm_rms_epsilon': decimal,
    'rope.dimension_count': size.optional(),
    'rope.freq_base': decimal.default(10_000),
    'rope.scaling.type': z.literal('none').optional(),
    expert_count: z.literal(0).optional(),
    expert_used_count: z.literal(0).optional(),
  })
  .refine(
    ({ 'attention.key_length': head, 'rope.dimension_count': turned = head }) => head === undefined || head === turned,
    { path: ['rope.dimension_count'], error: 'only a part of each head is turned, which this Llama does not know' },
  );

function config(architecture: 'llama' | 'qwen2'): Family['config'] {
  return (metadata, has, file) => {
    if (has('rope_freqs.weight'))
      throw new UserError(
        `${file} stretches its rotary positions by a tensor (rope_freqs.weight), whose rule is not in the file; ` +
          'import the Hugging Face folder of this model, or OWNER/NAME, instead',
      );
    const read = parseMetadata(metadata, `${architecture}.`, schema, file);
    return {
      model_type: architecture,
      hidden_size: read.embedding_length,
      intermediate_size: read.feed_forward_length,
      num_hidden_layers: read.block_count,
      num_attention_heads: read['attention.head_count'],
      num_key_value_heads: read['attention.head_count_kv'] ?? read['attention.head_count'],
      head_dim: read['attention.key_length'] ?? read['rope.dimension_count'] ?? null,
      max_position_embeddings: read.context_length,
      rms_norm_eps: read['attention.layer_norm_rms_epsilon'],
      rope_theta: read['rope.freq_base'],
      ...(architecture === 'llama' && {
        attention_bias: has('blk.0.attn_q.bias'),
        mlp_bias: has('blk.0.ffn_up.bias'),
      }),
      tie_word_embeddings: !has('output.weight'),
    };
  };
}

const numbers = z.object({
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size,
  head_dim: size,
  max_position_embeddings: size,
  rms_norm_eps: z.number(),
  rope_theta: z.number(),
  vocab_size: size,
  rope_scaling: z.null({
    error: 'rotary positions that are stretched (ropeScaling) are not written; export --format hf',
  }),
});

function metadata(hf: HfConfig): ReturnType<Family['metadata']> {
  const { data: read, error } = numbers.safeParse(hf);
  if (error) throw new UserError(`no GGUF of this model: ${error.issues[0]?.message}`);
  return {
    integers: {
      block_count: read.num_hidden_layers,
      context_length: read.max_position_embeddings,
      embedding_length: read.hidden_size,
      feed_forward_length: read.intermediate_size,
      'attention.head_count': read.num_attention_heads,
      'attention.head_count_kv': read.num_key_value_heads,
      'attention.key_length': read.head_dim,
      'attention.value_length': read.head_dim,
      'rope.dimension_count': read.head_dim,
      vocab_size: read.vocab_size,
    },
    floats: { 'attention.layer_norm_rms_epsilon': read.rms_norm_eps, 'rope.freq_base': read.rope_theta },
  };
}

const names = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  lm_head: 'output',
  'model.layers.{l}.input_layernorm': 'blk.{l}.attn_norm',
  'model.layers.{l}.self_attn.q_proj': 'blk.{l}.attn_q',
  'model.layers.{l}.self_attn.k_proj': 'blk.{l}.attn_k',
  'model.layers.{l}.self_attn.v_proj': 'blk.{l}.attn_v',
  'model.layers.{l}.self_attn.o_proj': 'blk.{l}.attn_output',
  'model.layers.{l}.post_attention_layernorm': 'blk.{l}.ffn_norm',
  'model.layers.{l}.mlp.gate_proj': 'blk.{l}.ffn_gate',
  'model.layers.{l}.mlp.up_proj': 'blk.{l}.ffn_up',
  'model.layers.{l}.mlp.down_proj': 'blk.{l}.ffn_down',
};

/**
 * llama.cpp turns neighboring channels of a head by one angle, Hugging Face those half a head apart: rows of queries and keys
 * stand in another order. Channel 2j + s of a head there is channel j + s D / 2 here.
 *
 * @param from the row of `tensor` that comes to row `d` of a head of D rows.
 */
function inHeads(name: string, tensor: Tensor, hf: HfConfig, from: (d: number, D: number) => number): Tensor {
  const [, part] = /\.self_attn\.([qk])_proj\./.exec(name) ?? [];
  if (part === undefined) return tensor;
  const D = tensor.shape[0]! / Number(hf[part === 'q' ? 'num_attention_heads' : 'num_key_value_heads']);
  return reordered(tensor, (row) => row - (row % D) + from(row % D, D));
}

export const llama: Family = {
  ...{ config: config('llama'), metadata, names },
  fromFile: (name, tensor, hf) => inHeads(name, tensor, hf, (d, D) => ((2 * d) % D) + Math.floor((2 * d) / D)),
  toFile: (name, tensor, hf) => inHeads(name, tensor, hf, (d, D) => (d % 2) * (D / 2) + Math.floor(d / 2)),
  beside: /^rope_freqs\.weight$/,
};

/** The same with biases, and its rows as Hugging Face has them. */
export const qwen2: Family = {
  ...{ config: config('qwen2'), metadata, names },
  fromFile: (_, tensor) => tensor,
  toFile: (_, tensor) => tensor,
  beside: /^rope_freqs\.weight$/,
};
