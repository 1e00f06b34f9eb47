import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { z } from 'zod';
import { gelu, layerNorm, rotate } from '../../engine/ops.ts';
import { UserError } from '../../lib/errors.ts';
import { attention } from './attention.ts';
import { normal, one, zero } from './initial.ts';
import { project } from './linear.ts';
import { rotaryAngles, rotaryFrequencies } from './rotary.ts';
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
 * GPT-NeoX (Black et al. 2022), the network of the Pythia models: rotary positions on a share of each head, attention and MLP
 * beside each other, exact GELU, an output head of its own.
 *
 * Legend: B batch, T time, C channels, H heads, D head size, F width of the MLP, V vocabulary.
 */
const params = z.strictObject({
  nLayer: z.int().positive().default(4).describe('transformer blocks'),
  nHead: z.int().positive().default(4).describe('attention heads; divides nEmbd'),
  nEmbd: z.int().positive().default(128).describe('width of the residual stream'),
  nInner: z.int().positive().optional().describe('width of the MLP; default: 4 nEmbd'),
  nPositions: z.int().positive().default(96).describe('longest context, in tokens'),
  parallelResidual: z
    .boolean()
    .default(true)
    .describe('attention and MLP read the same input; false: one after the other'),
  rotaryPct: z.number().positive().max(1).default(0.25).describe('share of each head that rotary positions turn'),
  ropeTheta: z.number().positive().default(10_000).describe('base of the rotary frequencies'),
  normEpsilon: z.number().positive().default(1e-5).describe('added to the variance in LayerNorm'),
});

type NeoxParams = z.output<typeof params>;

interface NeoxConfig extends NeoxParams {
  readonly vocabSize: number;
  readonly nInner: number;
}

const rotaryChannels = ({ nEmbd, nHead, rotaryPct }: NeoxParams): number => Math.floor((nEmbd / nHead) * rotaryPct);

/** Names, shapes and initial distributions: N(0, 0.02), projections into the residual stream scaled by 1/sqrt(2L). */
function parameterSpecs(config: NeoxConfig): Record<string, ParameterSpec> {
  const { vocabSize: V, nLayer: L, nEmbd: C, nInner: F } = config;
  const residual = normal(0.02 / Math.sqrt(2 * L));
  const specs: Record<string, ParameterSpec> = { 'gpt_neox.embed_in.weight': { shape: [V, C], init: normal(0.02) } };
  const norm = (name: string): void => {
    specs[`gpt_neox.${name}.weight`] = { shape: [C], init: one };
    specs[`gpt_neox.${name}.bias`] = { shape: [C], init: zero };
  };
  const linear = (name: string, O: number, I: number, init = normal(0.02)): void => {
    specs[`gpt_neox.${name}.weight`] = { shape: [O, I], init };
    specs[`gpt_neox.${name}.bias`] = { shape: [O], init: zero };
  };
  for (let l = 0; l < L; l++) {
    norm(`layers.${l}.input_layernorm`);
    norm(`layers.${l}.post_attention_layernorm`);
    linear(`layers.${l}.attention.query_key_value`, 3 * C, C);
    linear(`layers.${l}.attention.dense`, C, C, residual);
    linear(`layers.${l}.mlp.dense_h_to_4h`, F, C);
    linear(`layers.${l}.mlp.dense_4h_to_h`, C, F, residual);
  }
  norm('final_layer_norm');
  specs['embed_out.weight'] = { shape: [V, C], init: normal(0.02) };
  return specs;
}

/** Everything up to the final LayerNorm. Where the residual is parallel there is no `hook_resid_mid`. */
function forward(
  p: ParameterTensors,
  config: NeoxConfig,
  inputs: ForwardInputs,
  hook: Hook = unhooked,
): ForwardOutputs {
  const [B = 0, T = 0] = inputs.tokens.shape;
  const norm = (name: string, x: Tensor): Tensor =>
    layerNorm(x, p[`gpt_neox.${name}.weight`]!, p[`gpt_neox.${name}.bias`]!, config.normEpsilon);
  const angles = rotaryAngles(inputs, rotaryFrequencies(rotaryChannels(config), config.ropeTheta));
  let x = hook('hook_embed', tf.gather(p['gpt_neox.embed_in.weight']!, tf.reshape(inputs.tokens, [B * T]))); // [B * T, C]
  const present: LayerCache[] = [];
  for (let l = 0; l < config.nLayer; l++) {
    const at = within(hook, `blocks.${l}`);
    x = at('hook_resid_pre', x);
    const normalized = at('ln1.hook_normalized', norm(`layers.${l}.input_layernorm`, x));
    const attended = selfAttention(p, config, l, normalized, inputs, angles, at);
    present.push(attended.present);
    const middle = tf.add(x, at('hook_attn_out', attended.out));
    const read = config.parallelResidual ? x : at('hook_resid_mid', middle);
    const again = at('ln2.hook_normalized', norm(`layers.${l}.post_attention_layernorm`, read));
    const written = at('hook_mlp_out', mlp(p, l, again, at));
    x = at('hook_resid_post', tf.add(config.parallelResidual ? middle : read, written));
  }
  return { hidden: hook('ln_final.hook_normalized', norm('final_layer_norm', x)), present };
}

/** One product gives each head its query, key and value side by side. What is kept of the keys is already turned. */
function selfAttention(
  p: ParameterTensors,
  { nHead: H, nEmbd: C }: NeoxConfig,
  l: number,
  x: Tensor,
  { tokens, past, pastMask, mask }: ForwardInputs,
  [cos, sin]: readonly [Tensor, Tensor],
  at: Hook,
): { out: Tensor; present: LayerCache } {
  const [B = 0, T = 0] = tokens.shape;
  const rows = project(p, `gpt_neox.layers.${l}.attention.query_key_value`, x);
  const heads = tf.transpose(tf.reshape(rows, [B, T, H, (3 * C) / H]), [0, 2, 1, 3]); // [B * T, H * 3 D] -> [B, H, T, 3 D]
  const [q, k, value] = (tf.split(heads, 3, 3) as [Tensor, Tensor, Tensor]).map((part, i) =>
    at(`attn.hook_${'qkv'[i]}`, part),
  ) as [Tensor, Tensor, Tensor];
  const query = at('attn.hook_rot_q', rotate(q, cos, sin));
  const key = at('attn.hook_rot_k', rotate(k, cos, sin));
  const z = attention({ query, key, value, past: past?.[l], pastMask, mask }, within(at, 'attn'));
  const merged = tf.reshape(tf.transpose(z, [0, 2, 1, 3]), [B * T, C]); // [B, H, T, D] -> [B * T, C]
  return { out: project(p, `gpt_neox.layers.${l}.attention.dense`, merged), present: { key, value } };
}

function mlp(p: ParameterTensors, l: number, x: Tensor, at: Hook): Tensor {
  const pre = at('mlp.hook_pre', project(p, `gpt_neox.layers.${l}.mlp.dense_h_to_4h`, x)); // [B * T, F]
  return project(p, `gpt_neox.layers.${l}.mlp.dense_4h_to_h`, at('mlp.hook_post', gelu(pre)));
}

/** Multiply-adds count twice: the linear maps of each block, scores and mixes of attention, the head. */
function forwardFlops({ vocabSize: V, nLayer: L, nEmbd: C, nInner: F }: NeoxConfig, B: number, T: number): number {
  const perToken = L * (8 * C * C + 4 * C * F + 4 * T * C) + 2 * V * C;
  return B * T * perToken;
}

/** `config.json`, such that `GPTNeoXForCausalLM.from_pretrained` builds the same network. */
const hfConfig = (config: NeoxConfig): Record<string, unknown> => ({
  architectures: ['GPTNeoXForCausalLM'],
  model_type: 'gpt_neox',
  vocab_size: config.vocabSize,
  hidden_size: config.nEmbd,
  intermediate_size: config.nInner,
  num_hidden_layers: config.nLayer,
  num_attention_heads: config.nHead,
  hidden_act: 'gelu',
  max_position_embeddings: config.nPositions,
  layer_norm_eps: config.normEpsilon,
  rotary_pct: config.rotaryPct,
  rotary_emb_base: config.ropeTheta,
  use_parallel_residual: config.parallelResidual,
  attention_bias: true,
  attention_dropout: 0,
  hidden_dropout: 0,
  tie_word_embeddings: false,
});

const share = z.number().positive().max(1);
/** Rotary positions as transformers 5 writes them. */
const ropeParameters = z.object({
  rope_type: z.literal('default').default('default'),
  rope_theta: z.number().positive().optional(),
  partial_rotary_factor: share.optional(),
});

const readable = z
  .object({
    vocab_size: z.int().positive(),
    hidden_size: z.int().positive(),
    intermediate_size: z.int().positive(),
    num_hidden_layers: z.int().positive(),
    num_attention_heads: z.int().positive(),
    hidden_act: z.literal('gelu').default('gelu'),
    max_position_embeddings: z.int().positive(),
    layer_norm_eps: z.number().positive().default(1e-5),
    rotary_pct: share.default(0.25),
    rotary_emb_base: z.number().positive().default(10_000),
    rope_parameters: ropeParameters.nullish(),
    rope_scaling: z.null().optional(),
    use_parallel_residual: z.boolean().default(true),
    attention_bias: z.literal(true).default(true),
    tie_word_embeddings: z.literal(false).default(false),
  })
  .superRefine(({ hidden_size: C, num_attention_heads: H }, { addIssue }) => {
    if (C % H !== 0) addIssue(`hidden_size ${C} is not divisible by num_attention_heads ${H}`);
  })
  .transform((config) => ({
    vocabSize: config.vocab_size,
    params: {
      nLayer: config.num_hidden_layers,
      nHead: config.num_attention_heads,
      nEmbd: config.hidden_size,
      nInner: config.intermediate_size,
      nPositions: config.max_position_embeddings,
      parallelResidual: config.use_parallel_residual,
      rotaryPct: config.rope_parameters?.partial_rotary_factor ?? config.rotary_pct,
      ropeTheta: config.rope_parameters?.rope_theta ?? config.rotary_emb_base,
      normEpsilon: config.layer_norm_eps,
    },
  }));

export const gptNeox = defineModel({
  summary: 'GPT-NeoX, Pythia: rotary positions on a share of each head, parallel residual, exact GELU, untied head',
  params,
  hf: {
    modelTypes: ['gpt_neox'],
    config: readable,
    prefix: '',
    notParameters: /\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/,
  },
  create(sizes, vocabSize): Model {
    const config = { ...sizes, vocabSize, nInner: sizes.nInner ?? 4 * sizes.nEmbd };
    const R = rotaryChannels(config);
    if (R < 2 || R % 2 !== 0)
      throw new UserError(
        `no such gpt-neox: rotaryPct ${sizes.rotaryPct} of a head turns ${R} channels; give an even number of them`,
        2,
      );
    return {
      ...config,
      kind: 'gpt-neox',
      key: modelKey('gpt-neox', config),
      nKvHead: sizes.nHead,
      headSize: sizes.nEmbd / sizes.nHead,
      width: sizes.nEmbd,
      hfConfig: hfConfig(config),
      parameterSpecs: parameterSpecs(config),
      forward: (p, inputs, hook) => forward(p, config, inputs, hook),
      logits: (p, hidden) => project(p, 'embed_out', hidden),
      forwardFlops: (B, T) => forwardFlops(config, B, T),
    };
  },
});
