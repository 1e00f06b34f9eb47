import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { rmsNorm, rotate, silu } from '../../engine/ops.ts';
import { UserError } from '../../lib/errors.ts';
import { attention } from './attention.ts';
import { normal, one, zero } from './initial.ts';
import { project } from './linear.ts';
import { hfConfig, notParameters, params, readHfConfig } from './llama-config.ts';
import type { LlamaConfig, LlamaParams } from './llama-config.ts';
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
 * Llama (Touvron et al. 2023) and the networks that differ from it in sizes and biases alone: Qwen 2, Mistral without its
 * sliding window, TinyLlama, SmolLM. RMSNorm, rotary positions, gated MLPs, heads that share keys and values.
 *
 * Legend: B batch, T time, C channels, H heads, K heads of keys and values, D head size, F width of the MLP, V vocabulary.
 */
const QKV = ['q_proj', 'k_proj', 'v_proj'];
const MLP = ['gate_proj', 'up_proj', 'down_proj'];
const BIASED = { none: [], qkv: QKV, attention: [...QKV, 'o_proj'], mlp: MLP, all: [...QKV, 'o_proj', ...MLP] };

/** Names, shapes and initial distributions: N(0, 0.02), projections into the residual stream scaled by 1/sqrt(2L). */
function parameterSpecs(config: LlamaConfig): Record<string, ParameterSpec> {
  const { vocabSize: V, nLayer: L, nHead: H, nKvHead: K, headSize: D, nEmbd: C, nInner: F } = config;
  const residual = normal(0.02 / Math.sqrt(2 * L));
  const norm = { shape: [C], init: one };
  const specs: Record<string, ParameterSpec> = { 'model.embed_tokens.weight': { shape: [V, C], init: normal(0.02) } };
  for (let l = 0; l < L; l++) {
    const linear = (part: string, O: number, I: number, init = normal(0.02)): void => {
      specs[`model.layers.${l}.${part}.weight`] = { shape: [O, I], init };
      const isBiased = BIASED[config.bias].some((name) => part.endsWith(name));
      if (isBiased) specs[`model.layers.${l}.${part}.bias`] = { shape: [O], init: zero };
    };
    specs[`model.layers.${l}.input_layernorm.weight`] = norm;
    linear('self_attn.q_proj', H * D, C);
    linear('self_attn.k_proj', K * D, C);
    linear('self_attn.v_proj', K * D, C);
    linear('self_attn.o_proj', C, H * D, residual);
    specs[`model.layers.${l}.post_attention_layernorm.weight`] = norm;
    linear('mlp.gate_proj', F, C);
    linear('mlp.up_proj', F, C);
    linear('mlp.down_proj', C, F, residual);
  }
  specs['model.norm.weight'] = norm;
  if (!config.tiedEmbeddings) specs['lm_head.weight'] = { shape: [V, C], init: normal(0.02) };
  return specs;
}

/** Everything up to the final RMSNorm. */
function forward(
  p: ParameterTensors,
  config: LlamaConfig,
  inputs: ForwardInputs,
  hook: Hook = unhooked,
): ForwardOutputs {
  const [B = 0, T = 0] = inputs.tokens.shape;
  const norm = (name: string, x: Tensor): Tensor => rmsNorm(x, p[`model.${name}.weight`]!, config.normEpsilon);
  const angles = rotaryAngles(inputs, rotaryFrequencies(config.headSize, config.ropeTheta, config.ropeScaling));
  let x = hook('hook_embed', tf.gather(p['model.embed_tokens.weight']!, tf.reshape(inputs.tokens, [B * T]))); // [B * T, C]
  const present: LayerCache[] = [];
  for (let l = 0; l < config.nLayer; l++) {
    const at = within(hook, `blocks.${l}`);
    x = at('hook_resid_pre', x);
    const normalized = at('ln1.hook_normalized', norm(`layers.${l}.input_layernorm`, x));
    const attended = selfAttention(p, config, l, normalized, inputs, angles, at);
    present.push(attended.present);
    x = at('hook_resid_mid', tf.add(x, at('hook_attn_out', attended.out)));
    const again = at('ln2.hook_normalized', norm(`layers.${l}.post_attention_layernorm`, x));
    x = at('hook_resid_post', tf.add(x, at('hook_mlp_out', mlp(p, l, again, at))));
  }
  return { hidden: hook('ln_final.hook_normalized', norm('norm', x)), present };
}

/** What is kept of the keys is already turned to its position. */
function selfAttention(
  p: ParameterTensors,
  { nHead: H, nKvHead: K, headSize: D }: LlamaConfig,
  l: number,
  x: Tensor,
  { tokens, past, pastMask, mask }: ForwardInputs,
  [cos, sin]: readonly [Tensor, Tensor],
  at: Hook,
): { out: Tensor; present: LayerCache } {
  const [B = 0, T = 0] = tokens.shape;
  const heads = (name: 'q' | 'k' | 'v', count: number): Tensor => {
    const rows = tf.reshape(project(p, `model.layers.${l}.self_attn.${name}_proj`, x), [B, T, count, D]);
    return at(`attn.hook_${name}`, tf.transpose(rows, [0, 2, 1, 3])); // [B, T, H, D] -> [B, H, T, D]
  };
  const [q, k, value] = [heads('q', H), heads('k', K), heads('v', K)];
  const query = at('attn.hook_rot_q', rotate(q, cos, sin));
  const key = at('attn.hook_rot_k', rotate(k, cos, sin));
  const z = attention({ query, key, value, past: past?.[l], pastMask, mask }, within(at, 'attn'));
  const merged = tf.reshape(tf.transpose(z, [0, 2, 1, 3]), [B * T, H * D]); // [B, H, T, D] -> [B * T, H * D]
  return { out: project(p, `model.layers.${l}.self_attn.o_proj`, merged), present: { key, value } };
}

/** SwiGLU (Shazeer 2020). */
function mlp(p: ParameterTensors, l: number, x: Tensor, at: Hook): Tensor {
  const gate = at('mlp.hook_pre', project(p, `model.layers.${l}.mlp.gate_proj`, x)); // [B * T, F]
  const up = at('mlp.hook_pre_linear', project(p, `model.layers.${l}.mlp.up_proj`, x));
  return project(p, `model.layers.${l}.mlp.down_proj`, at('mlp.hook_post', tf.mul(silu(gate), up)));
}

/** Multiply-adds count twice: the linear maps of each block, scores and mixes of attention, the head. */
function forwardFlops(config: LlamaConfig, B: number, T: number): number {
  const { vocabSize: V, nLayer: L, nHead: H, nKvHead: K, headSize: D, nEmbd: C, nInner: F } = config;
  const perToken = L * (4 * C * D * (H + K) + 6 * C * F + 4 * T * H * D) + 2 * V * C;
  return B * T * perToken;
}

/** @throws UserError for heads that do not divide what they share. */
function decide(sizes: LlamaParams, vocabSize: number): LlamaConfig {
  const { nHead, nEmbd, nKvHead = nHead, headSize = nEmbd / nHead, nInner = 32 * Math.ceil(nEmbd / 12) } = sizes;
  const refuse = (problem: string): never => {
    throw new UserError(`no such llama: ${problem}`, 2);
  };
  if (nHead % nKvHead !== 0) refuse(`nHead ${nHead} is not divisible by nKvHead ${nKvHead}`);
  if (headSize % 2 !== 0) refuse(`nEmbd / nHead is ${headSize}; rotary positions need an even headSize`);
  return { ...sizes, vocabSize, nKvHead, headSize, nInner };
}

export const llama = defineModel({
  summary: 'Llama, Qwen 2, Mistral: RMSNorm, rotary positions, gated MLPs, heads that share keys and values',
  params,
  hf: { modelTypes: ['llama', 'qwen2', 'mistral'], config: readHfConfig, prefix: '', notParameters },
  create(sizes, vocabSize): Model {
    const config = decide(sizes, vocabSize);
    const head = config.tiedEmbeddings ? 'model.embed_tokens' : 'lm_head';
    return {
      ...config,
      kind: 'llama',
      key: modelKey('llama', config),
      width: config.nEmbd,
      hfConfig: hfConfig(config),
      parameterSpecs: parameterSpecs(config),
      forward: (p, inputs, hook) => forward(p, config, inputs, hook),
      logits: (p, hidden) => project(p, head, hidden),
      forwardFlops: (B, T) => forwardFlops(config, B, T),
    };
  },
});
