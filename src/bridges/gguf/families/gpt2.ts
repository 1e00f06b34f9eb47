import { z } from 'zod';
import { UserError } from '../../../lib/errors.ts';
import { decimal, parseMetadata, size, sizes } from '../metadata.ts';
import { transposed } from './types.ts';
import type { Family, Tensor } from './types.ts';

const schema = z.strictObject({
  ...sizes,
  'attention.layer_norm_epsilon': decimal,
});

const numbers = z.object({
  n_embd: size,
  n_layer: size,
  n_head: size,
  n_positions: size,
  layer_norm_epsilon: z.number(),
  activation_function: z.string(),
});

/** OpenAI's code multiplies from the other side: its linear maps lie as [in, out], all others' as [out, in]. */
const turned = (name: string, tensor: Tensor): Tensor =>
  /\.(c_attn|c_proj|c_fc)\.weight$/.test(name) ? transposed(tensor) : tensor;

export const gpt2: Family = {
  config(metadata, _has, file) {
    const read = parseMetadata(metadata, 'gpt2.', schema, file);
    return {
      model_type: 'gpt2',
      n_embd: read.embedding_length,
      n_layer: read.block_count,
      n_head: read['attention.head_count'],
      n_positions: read.context_length,
      n_inner: read.feed_forward_length,
      activation_function: 'gelu_new', // the one that llama.cpp computes, whatever a config says
      layer_norm_epsilon: read['attention.layer_norm_epsilon'],
    };
  },
  metadata(hf) {
    const read = numbers.parse(hf);
    if (read.activation_function !== 'gelu_new')
      throw new UserError(
        `no GGUF of this model: llama.cpp's GPT-2 always computes GELU, and this one was trained with ` +
          `${read.activation_function}; train it with model: { kind: gpt2, activation: gelu_new }, or { kind: llama }`,
      );
    return {
      integers: {
        block_count: read.n_layer,
        context_length: read.n_positions,
        embedding_length: read.n_embd,
        feed_forward_length: 4 * read.n_embd,
        'attention.head_count': read.n_head,
      },
      floats: { 'attention.layer_norm_epsilon': read.layer_norm_epsilon },
    };
  },
  names: {
    wte: 'token_embd',
    wpe: 'position_embd',
    ln_f: 'output_norm',
    'h.{l}.ln_1': 'blk.{l}.attn_norm',
    'h.{l}.attn.c_attn': 'blk.{l}.attn_qkv',
    'h.{l}.attn.c_proj': 'blk.{l}.attn_output',
    'h.{l}.ln_2': 'blk.{l}.ffn_norm',
    'h.{l}.mlp.c_fc': 'blk.{l}.ffn_up',
    'h.{l}.mlp.c_proj': 'blk.{l}.ffn_down',
  },
  fromFile: turned,
  toFile: turned,
  beside: /^output\.weight$/, // a copy of the embeddings, to which the head is tied
};
