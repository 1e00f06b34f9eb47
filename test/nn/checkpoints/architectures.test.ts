import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseHfConfig } from '../../../src/nn/checkpoints/config.ts';
import { loadCheckpoint, saveCheckpoint } from '../../../src/nn/checkpoints/index.ts';
import { encodeSafetensors } from '../../../src/nn/checkpoints/safetensors/index.ts';
import { models } from '../../../src/nn/models/index.ts';
import type { Model } from '../../../src/nn/models/index.ts';
import { shaken } from '../models/small.ts';
import { smallCheckpoint } from './small.ts';

const sizes = { nLayer: 1, nHead: 2, nEmbd: 8, nPositions: 16 };
const llama = (settings: object): Model =>
  models.llama.create(models.llama.params.parse({ ...sizes, ...settings }), 32);
const neox = (settings: object): Model => models['gpt-neox'].create(models['gpt-neox'].params.parse({ ...sizes, rotaryPct: 0.5, ...settings }), 32); // prettier-ignore
const ropeScaling = { factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalPositions: 8 };
const MODELS: Readonly<Record<string, Model>> = {
  'llama, tied': llama({ nKvHead: 1 }),
  'llama, untied': llama({ tiedEmbeddings: false, headSize: 6, bias: 'all', nInner: 10, normEpsilon: 1e-6 }),
  'llama 3.1': llama({ ropeTheta: 5e5, ropeScaling, bias: 'mlp' }),
  'qwen 2': llama({ bias: 'qkv' }),
  'gpt-neox, parallel': neox({}),
  'gpt-neox, sequential': neox({ parallelResidual: false, nInner: 12, ropeTheta: 500 }),
};

let dir = '';
beforeEach(() => (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'architecture-'))));
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

describe.each(Object.entries(MODELS))('a checkpoint of %s', (_, model) => {
  const checkpoint = { ...smallCheckpoint(), model, parameters: shaken(model) };

  it('comes back as it was saved', () => {
    saveCheckpoint(dir, checkpoint);
    const loaded = loadCheckpoint(dir);
    expect(loaded.model.key).toBe(model.key);
    expect(loaded.parameters).toEqual(checkpoint.parameters);
  });

  it('is read without the constants and copies that published files hold', () => {
    saveCheckpoint(dir, checkpoint);
    const more = {
      'lm_head.weight': { shape: [32, 8], data: new Float32Array(256) },
      'model.layers.0.self_attn.rotary_emb.inv_freq': { shape: [2], data: new Float32Array(2) },
      'gpt_neox.layers.0.attention.rotary_emb.inv_freq': { shape: [1], data: new Float32Array(1) },
      'gpt_neox.layers.0.attention.masked_bias': { shape: [], data: new Float32Array(1) },
    };
    const isOf = (name: string): boolean => name.startsWith('gpt_neox') === (model.kind === 'gpt-neox') && (name !== 'lm_head.weight' || model.kind === 'llama'); // prettier-ignore
    const all = {
      ...Object.fromEntries(Object.entries(more).filter(([name]) => isOf(name))),
      ...checkpoint.parameters,
    };
    expect(Object.keys(all).length).toBeGreaterThan(Object.keys(checkpoint.parameters).length);
    fs.writeFileSync(path.join(dir, 'model.safetensors'), Buffer.concat([...encodeSafetensors(all)]));
    fs.rmSync(path.join(dir, 'DONE'));
    expect(loadCheckpoint(dir, { unfinished: true }).parameters).toEqual(checkpoint.parameters);
  });
});

describe('config.json', () => {
  const published = {
    // TinyLlama 1.1B, as transformers 4 wrote it
    llama: { model_type: 'llama', hidden_act: 'silu', hidden_size: 2048, intermediate_size: 5632, max_position_embeddings: 2048, num_attention_heads: 32, num_hidden_layers: 22, num_key_value_heads: 4, pretraining_tp: 1, rms_norm_eps: 1e-5, rope_scaling: null, tie_word_embeddings: false, vocab_size: 32000, bos_token_id: 1, eos_token_id: 2 }, // prettier-ignore
    // Llama 3.2 1B
    llama3: { model_type: 'llama', head_dim: 64, hidden_size: 2048, intermediate_size: 8192, max_position_embeddings: 131072, mlp_bias: false, num_attention_heads: 32, num_hidden_layers: 16, num_key_value_heads: 8, rms_norm_eps: 1e-5, rope_scaling: { factor: 32, high_freq_factor: 4, low_freq_factor: 1, original_max_position_embeddings: 8192, rope_type: 'llama3' }, rope_theta: 500000, tie_word_embeddings: true, vocab_size: 128256, eos_token_id: [128001, 128008, 128009] }, // prettier-ignore
    // Qwen 2.5 0.5B
    qwen2: { model_type: 'qwen2', hidden_act: 'silu', hidden_size: 896, intermediate_size: 4864, max_position_embeddings: 32768, max_window_layers: 24, num_attention_heads: 14, num_hidden_layers: 24, num_key_value_heads: 2, rms_norm_eps: 1e-6, rope_theta: 1e6, sliding_window: 32768, tie_word_embeddings: true, use_sliding_window: false, vocab_size: 151936, eos_token_id: 151645 }, // prettier-ignore
    // Mistral 7B v0.3
    mistral: { model_type: 'mistral', hidden_size: 4096, intermediate_size: 14336, max_position_embeddings: 32768, num_attention_heads: 32, num_hidden_layers: 32, num_key_value_heads: 8, rms_norm_eps: 1e-5, rope_theta: 1e6, sliding_window: null, tie_word_embeddings: false, vocab_size: 32768, eos_token_id: 2 }, // prettier-ignore
    // Pythia 70M
    gpt_neox: { model_type: 'gpt_neox', hidden_act: 'gelu', hidden_size: 512, intermediate_size: 2048, layer_norm_eps: 1e-5, max_position_embeddings: 2048, num_attention_heads: 8, num_hidden_layers: 6, rotary_emb_base: 10000, rotary_pct: 0.25, tie_word_embeddings: false, use_parallel_residual: true, vocab_size: 50304, eos_token_id: 0 }, // prettier-ignore
    // GPT-2 124M, which names no activation where it has the default one
    gpt2: { model_type: 'gpt2', n_ctx: 1024, n_embd: 768, n_head: 12, n_layer: 12, n_positions: 1024, vocab_size: 50257, eos_token_id: 50256 }, // prettier-ignore
  } as const;
  const read = (json: object): Model => parseHfConfig(json, 'config.json').model;

  it.each([
    ['llama', { kind: 'llama', nKvHead: 4, headSize: 64, bias: 'none', ropeTheta: 10_000, tiedEmbeddings: false }],
    ['llama3', { nKvHead: 8, ropeTheta: 500_000, ropeScaling: { factor: 32, lowFreqFactor: 1, highFreqFactor: 4, originalPositions: 8192 } }], // prettier-ignore
    ['qwen2', { kind: 'llama', nKvHead: 2, headSize: 64, bias: 'qkv', normEpsilon: 1e-6, tiedEmbeddings: true }],
    ['mistral', { kind: 'llama', nKvHead: 8, headSize: 128, bias: 'none', ropeTheta: 1e6 }],
    ['gpt_neox', { kind: 'gpt-neox', rotaryPct: 0.25, parallelResidual: true, nInner: 2048, headSize: 64 }],
    ['gpt2', { kind: 'gpt2', activation: 'gelu_new', headSize: 64, nPositions: 1024 }],
  ] as const)('of a published %s is understood', (name, expected) => {
    expect(read(published[name])).toMatchObject(expected);
  });

  it.each([
    ['gpt2', { activation_function: 'relu' }, /activation_function: .*"gelu_new"\|"relu2"/],
    ['llama', { rope_scaling: { type: 'linear', factor: 2 } }, /rope_scaling\.rope_type: .*must be default or llama3/],
    ['llama', { rope_parameters: { rope_type: 'yarn' } }, /rope_parameters\.rope_type: .*must be default or llama3/],
    ['llama3', { rope_scaling: { rope_type: 'llama3', factor: 2 } }, /rope_scaling\.low_freq_factor/],
    ['llama', { hidden_act: 'gelu' }, /hidden_act/],
    ['llama', { num_key_value_heads: 5 }, /num_key_value_heads: 5 does not divide num_attention_heads 32/],
    ['llama', { head_dim: 65 }, /head_dim: must be even/],
    ['qwen2', { use_sliding_window: true }, /use_sliding_window/],
    ['qwen2', { layer_types: ['full_attention', 'sliding_attention'] }, /layer_types\.1/],
    ['qwen2', { num_key_value_heads: undefined }, /num_key_value_heads: is missing/],
    ['mistral', { sliding_window: 4096 }, /sliding_window: 4096 is not supported; it must be null/],
    ['mistral', { sliding_window: undefined }, /sliding_window: 4096 is not supported/],
    ['mistral', { attention_bias: true }, /attention_bias: true is not supported where model_type is mistral/],
    ['gpt_neox', { hidden_act: 'gelu_fast' }, /hidden_act/],
    ['gpt_neox', { attention_bias: false }, /attention_bias/],
    ['gpt_neox', { tie_word_embeddings: true }, /tie_word_embeddings/],
    ['gpt_neox', { rope_scaling: { type: 'linear', factor: 2 } }, /rope_scaling/],
    ['gpt_neox', { rope_parameters: { rope_type: 'yarn' } }, /rope_parameters\.rope_type/],
    ['gpt_neox', { num_attention_heads: 7 }, /hidden_size 512 is not divisible by num_attention_heads 7/],
    ['gpt_neox', { rotary_pct: 0.02 }, /rotaryPct 0\.02 of a head turns 1 channels/],
  ] as const)('of %s is refused with %j', (name, changes, message) => {
    expect(() => read({ ...published[name], ...changes })).toThrow(message);
  });

  it('of a GPT-2 says which activation its MLPs have, and so does the key of its programs', () => {
    const [gelu, relu2] = [undefined, 'relu2'].map((name) => read({ ...published.gpt2, activation_function: name }));
    expect([gelu, relu2].map((model) => model!.hfConfig.activation_function)).toEqual(['gelu_new', 'relu2']);
    expect(relu2!.key).not.toBe(gelu!.key);
  });

  it('names the special tokens of a model whose text ends in several ways', () => {
    expect(parseHfConfig(published.llama3, 'config.json').tokens).toEqual({ eos: 128001, pad: 128001 });
  });
});

it('settings that fit no network are refused', () => {
  expect(() => llama({ nKvHead: 3 })).toThrow(/nHead 2 is not divisible by nKvHead 3/);
  expect(() => llama({ nEmbd: 6 })).toThrow(/even headSize/);
  expect(() => neox({ rotaryPct: 0.25 })).toThrow(/an even number/);
});
