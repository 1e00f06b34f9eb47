import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { z } from 'zod';
import { attention } from './attention.ts';
import { geluNew, layerNorm, relu2 } from '../../engine/ops.ts';
import { normal, one, zero } from './initial.ts';
import { project } from './linear.ts';
import { defineModel, modelKey, unhooked, within } from './types.ts';
import type {
  ForwardInputs,
  ForwardOutputs,
  Hook,
  LayerCache,
  Model,
  ParameterSpec,
  ParameterTensors,
} from './types.ts';

/**
 * GPT-2 (Radford et al. 2019): pre-LN blocks, learned positions, tied embeddings, `gelu_new` or `relu2`. No dropout: the
 * corpora are generated and seen once. Plain functions over a record of parameters under Hugging Face names.
 *
 * Legend: B batch, T time, P past, S = P + T keys, C channels, H heads, D head size, V vocabulary, L layers.
 */
interface Gpt2Config {
  readonly vocabSize: number;
  readonly nPositions: number;
  readonly nLayer: number;
  readonly nHead: number;
  readonly nEmbd: number;
  readonly activation: keyof typeof activations;
}

/** Under the names that Hugging Face's `activation_function` has for them. */
const activations = { gelu_new: geluNew, relu2 };
const activation = z.enum(Object.keys(activations) as (keyof typeof activations)[]);

/** What an experiment chooses; the vocabulary's size comes from the tokenizer. */
const params = z.strictObject({
  nLayer: z.int().positive().default(4).describe('transformer blocks'),
  nHead: z.int().positive().default(4).describe('attention heads; divides nEmbd'),
  nEmbd: z.int().positive().default(128).describe('width of the residual stream'),
  nPositions: z.int().positive().default(96).describe('longest context, in tokens'),
  activation: activation
    .default('relu2')
    .describe(
      "of the MLPs: relu(x)^2, which trains faster, or GPT-2's own GELU, the only one that llama.cpp's GPT-2 knows",
    ),
});

/** Names, shapes and initial distributions (GPT-2: N(0, 0.02), residual projections scaled by 1/sqrt(2L)). */
function parameterSpecs({ vocabSize: V, nPositions, nLayer: L, nEmbd: C }: Gpt2Config): Record<string, ParameterSpec> {
  const residual = normal(0.02 / Math.sqrt(2 * L));
  const specs: Record<string, ParameterSpec> = {
    'wte.weight': { shape: [V, C], init: normal(0.02) },
    'wpe.weight': { shape: [nPositions, C], init: normal(0.02) },
  };
  for (let l = 0; l < L; l++)
    Object.assign(specs, {
      [`h.${l}.ln_1.weight`]: { shape: [C], init: one },
      [`h.${l}.ln_1.bias`]: { shape: [C], init: zero },
      [`h.${l}.attn.c_attn.weight`]: { shape: [C, 3 * C], init: normal(0.02) },
      [`h.${l}.attn.c_attn.bias`]: { shape: [3 * C], init: zero },
      [`h.${l}.attn.c_proj.weight`]: { shape: [C, C], init: residual },
      [`h.${l}.attn.c_proj.bias`]: { shape: [C], init: zero },
      [`h.${l}.ln_2.weight`]: { shape: [C], init: one },
      [`h.${l}.ln_2.bias`]: { shape: [C], init: zero },
      [`h.${l}.mlp.c_fc.weight`]: { shape: [C, 4 * C], init: normal(0.02) },
      [`h.${l}.mlp.c_fc.bias`]: { shape: [4 * C], init: zero },
      [`h.${l}.mlp.c_proj.weight`]: { shape: [4 * C, C], init: residual },
      [`h.${l}.mlp.c_proj.bias`]: { shape: [C], init: zero },
    });
  specs['ln_f.weight'] = { shape: [C], init: one };
  specs['ln_f.bias'] = { shape: [C], init: zero };
  return specs;
}

/** Everything up to the final LayerNorm. `logits` turns `hidden` into predictions, for all rows or a chosen few. */
function forward(
  p: ParameterTensors,
  config: Gpt2Config,
  inputs: ForwardInputs,
  hook: Hook = unhooked,
): ForwardOutputs {
  const [B = 0, T = 0] = inputs.tokens.shape;
  const C = config.nEmbd;
  const embed = hook('hook_embed', tf.gather(p['wte.weight']!, tf.reshape(inputs.tokens, [B * T]))); // [B * T, C]
  const wpe = p['wpe.weight']!;
  const position = inputs.positions
    ? tf.gather(wpe, tf.reshape(inputs.positions, [B * T])) // [B * T, C]
    : tf.slice(wpe, [0, 0], [T, C]);
  const summed = inputs.positions
    ? tf.add(embed, hook('hook_pos_embed', position))
    : tf.add(tf.reshape(embed, [B, T, C]), hook('hook_pos_embed', position));
  let x = tf.reshape(summed, [B * T, C]);
  const present: LayerCache[] = [];
  for (let l = 0; l < config.nLayer; l++) {
    const name = (of: string): string => `blocks.${l}.${of}`;
    x = hook(name('hook_resid_pre'), x);
    const attended = selfAttention(p, config, l, x, [B, T], inputs, hook);
    present.push(attended.present);
    x = hook(name('hook_resid_mid'), tf.add(x, hook(name('hook_attn_out'), attended.out)));
    x = hook(name('hook_resid_post'), tf.add(x, hook(name('hook_mlp_out'), mlp(p, config, l, x, hook))));
  }
  return { hidden: hook('ln_final.hook_normalized', layerNorm(x, p['ln_f.weight']!, p['ln_f.bias']!)), present };
}

/** Queries, keys and values come from one product; its output is cut in three and split into heads. */
function selfAttention(
  p: ParameterTensors,
  { nHead: H, nEmbd: C }: Gpt2Config,
  l: number,
  x: Tensor,
  [B, T]: readonly [number, number],
  inputs: ForwardInputs,
  hook: Hook,
): { out: Tensor; present: LayerCache } {
  const D = C / H;
  const at = within(hook, `blocks.${l}.attn`);
  const normalized = hook(
    `blocks.${l}.ln1.hook_normalized`,
    layerNorm(x, p[`h.${l}.ln_1.weight`]!, p[`h.${l}.ln_1.bias`]!),
  );
  const qkv = project(p, `h.${l}.attn.c_attn`, normalized, 'in-out'); // [B * T, 3 C]
  const [query, key, value] = (tf.split(qkv, 3, 1) as [Tensor, Tensor, Tensor]).map(
    (part, i) => at(`hook_${'qkv'[i]}`, tf.transpose(tf.reshape(part, [B, T, H, D]), [0, 2, 1, 3])), // -> [B, H, T, D]
  ) as [Tensor, Tensor, Tensor];
  const { past, pastMask, mask } = inputs;
  const z = attention({ query, key, value, past: past?.[l], pastMask, mask }, at);
  const merged = tf.reshape(tf.transpose(z, [0, 2, 1, 3]), [B * T, C]); // [B, H, T, D] -> [B * T, C]
  const out = project(p, `h.${l}.attn.c_proj`, merged, 'in-out');
  return { out, present: { key, value } };
}

function mlp(p: ParameterTensors, { activation }: Gpt2Config, l: number, x: Tensor, hook: Hook): Tensor {
  const normalized = hook(
    `blocks.${l}.ln2.hook_normalized`,
    layerNorm(x, p[`h.${l}.ln_2.weight`]!, p[`h.${l}.ln_2.bias`]!),
  );
  const pre = hook(`blocks.${l}.mlp.hook_pre`, project(p, `h.${l}.mlp.c_fc`, normalized, 'in-out'));
  const post = hook(`blocks.${l}.mlp.hook_post`, activations[activation](pre)); // [N, 4 C]
  return project(p, `h.${l}.mlp.c_proj`, post, 'in-out');
}

/** Multiply-adds count twice: QKV, output and MLP products of each block, scores and mixes of attention, the tied head. */
function forwardFlops({ vocabSize: V, nLayer: L, nEmbd: C }: Gpt2Config, B: number, T: number): number {
  const perToken = L * (24 * C * C + 4 * T * C) + 2 * V * C;
  return B * T * perToken;
}

/** `config.json`, such that `GPT2LMHeadModel.from_pretrained` builds the same network. */
const hfConfig = ({
  vocabSize,
  nPositions,
  nLayer,
  nHead,
  nEmbd,
  activation,
}: Gpt2Config): Record<string, unknown> => ({
  architectures: ['GPT2LMHeadModel'],
  model_type: 'gpt2',
  vocab_size: vocabSize,
  n_positions: nPositions,
  n_ctx: nPositions,
  n_embd: nEmbd,
  n_layer: nLayer,
  n_head: nHead,
  activation_function: activation,
  layer_norm_epsilon: 1e-5,
  resid_pdrop: 0,
  embd_pdrop: 0,
  attn_pdrop: 0,
  tie_word_embeddings: true,
});

const readable = z
  .object({
    vocab_size: z.int().positive(),
    n_positions: z.int().positive(),
    n_embd: z.int().positive(),
    n_layer: z.int().positive(),
    n_head: z.int().positive(),
    n_inner: z.int().nullish(),
    activation_function: activation.default('gelu_new'), // transformers' own default, whatever an experiment's is
    layer_norm_epsilon: z.literal(1e-5).default(1e-5),
    tie_word_embeddings: z.literal(true).default(true),
    scale_attn_weights: z.literal(true).default(true),
    scale_attn_by_inverse_layer_idx: z.literal(false).default(false),
  })
  .superRefine(({ n_embd: C, n_head: H, n_inner: inner }, { addIssue }) => {
    if (C % H !== 0) addIssue(`n_embd ${C} is not divisible by n_head ${H}`);
    if (typeof inner === 'number' && inner !== 4 * C)
      addIssue(`n_inner ${inner} is not supported; it must be 4 x n_embd = ${4 * C}`);
  })
  .transform(({ vocab_size: vocabSize, n_layer: nLayer, n_head: nHead, n_embd: nEmbd, ...rest }) => ({
    vocabSize,
    params: { nLayer, nHead, nEmbd, nPositions: rest.n_positions, activation: rest.activation_function },
  }));

export const gpt2 = defineModel({
  summary: 'GPT-2: learned positions, pre-LayerNorm, gelu_new or relu2, tied embeddings',
  params,
  hf: {
    modelTypes: ['gpt2'],
    config: readable,
    prefix: 'transformer.',
    notParameters: /^(h\.\d+\.attn\.(bias|masked_bias)|lm_head\.weight)$/,
  },
  create(sizes, vocabSize): Model {
    const config = { ...sizes, vocabSize };
    return {
      ...config,
      kind: 'gpt2',
      layout: 'in-out',
      key: modelKey('gpt2', config),
      nKvHead: sizes.nHead,
      headSize: sizes.nEmbd / sizes.nHead,
      width: sizes.nEmbd,
      hfConfig: hfConfig(config),
      parameterSpecs: parameterSpecs(config),
      forward: (p, inputs, hook) => forward(p, config, inputs, hook),
      logits: (p, hidden) => tf.matMul(hidden, p['wte.weight']!, false, true),
      forwardFlops: (B, T) => forwardFlops(config, B, T),
    };
  },
});
