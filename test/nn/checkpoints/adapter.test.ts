import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAdapter, saveAdapter } from '../../../src/nn/checkpoints/index.ts';
import { encodeSafetensors, listSafetensors } from '../../../src/nn/checkpoints/safetensors/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { models } from '../../../src/nn/models/index.ts';
import type { Parameters } from '../../../src/nn/models/index.ts';
import { initAdapter, loraParams, withAdapter } from '../../../src/nn/models/lora.ts';

const sizes = { nLayer: 1, nHead: 2, nEmbd: 4, nPositions: 8 };
const gpt2 = models.gpt2.create(models.gpt2.params.parse(sizes), 11);
const llama = models.llama.create(models.llama.params.parse(sizes), 11);
const lora = loraParams.parse({ rank: 2, alpha: 3 });
const tensors = initAdapter(withAdapter(gpt2, lora), createRng(1));
const base = { folder: '../../base', description: 'arm base', sha256: 'abc' };

let dir = '';
beforeEach(() => void (dir = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'adapter-')), 'it')));
afterEach(() => fs.rmSync(path.dirname(dir), { recursive: true, force: true }));

type Json = Record<string, unknown>;
const readConfig = (): Json => JSON.parse(fs.readFileSync(path.join(dir, 'adapter_config.json'), 'utf8')) as Json;
const patchConfig = (patch: Json): void =>
  fs.writeFileSync(path.join(dir, 'adapter_config.json'), JSON.stringify({ ...readConfig(), ...patch }));
const writeTensors = (some: Parameters): void =>
  fs.writeFileSync(path.join(dir, 'adapter_model.safetensors'), Buffer.concat([...encodeSafetensors(some)]));

describe('an adapter on disk', () => {
  it('comes back as it was, under the names and settings of PEFT', () => {
    saveAdapter(dir, { model: gpt2, lora, tensors, base });
    expect(readAdapter(dir, gpt2)).toEqual({ scale: 1.5, tensors });
    expect([...listSafetensors(path.join(dir, 'adapter_model.safetensors')).keys()].slice(0, 2)).toEqual([
      'base_model.model.transformer.h.0.attn.c_attn.lora_A.weight',
      'base_model.model.transformer.h.0.attn.c_attn.lora_B.weight',
    ]);
    expect(readConfig()).toMatchObject({
      ...{ peft_type: 'LORA', task_type: 'CAUSAL_LM', r: 2, lora_alpha: 3, lora_dropout: 0, bias: 'none' },
      ...{ target_modules: ['c_attn', 'c_proj', 'c_fc'], fan_in_fan_out: true },
      base_model_name_or_path: path.resolve(dir, '../../base'), // PEFT takes a relative one from its working directory
    });
    expect(JSON.parse(fs.readFileSync(path.join(dir, 'base.json'), 'utf8'))).toEqual(base);
  });

  it('names no base where no folder holds one', () => {
    saveAdapter(dir, { model: gpt2, lora, tensors, base: { ...base, folder: null } });
    expect(readConfig().base_model_name_or_path).toBeNull();
  });

  it('of a Llama too', () => {
    const own = initAdapter(withAdapter(llama, { ...lora, targets: ['q_proj'] }), createRng(2));
    saveAdapter(dir, { model: llama, lora: { ...lora, targets: ['q_proj'] }, tensors: own, base });
    expect(readAdapter(dir, llama)).toEqual({ scale: 1.5, tensors: own });
    expect(readConfig()).toMatchObject({ target_modules: ['q_proj'], fan_in_fan_out: false });
    expect([...listSafetensors(path.join(dir, 'adapter_model.safetensors')).keys()][0]).toBe(
      'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight',
    );
  });

  it('may divide by the root of its rank', () => {
    saveAdapter(dir, { model: gpt2, lora, tensors, base });
    patchConfig({ use_rslora: true });
    expect(readAdapter(dir, gpt2).scale).toBeCloseTo(3 / Math.sqrt(2), 12);
  });

  it.each([
    [{ use_dora: true }, /use_dora/],
    [{ bias: 'all' }, /bias/],
    [{ peft_type: 'LOHA' }, /peft_type/],
    [{ rank_pattern: { c_attn: 4 } }, /rank_pattern: is not supported/],
    [{ modules_to_save: ['lm_head'] }, /modules_to_save: is not supported/],
    [{ r: 3 }, /lora_A\.weight is \[2, 4\], not \[3, 4\]/],
  ])('is refused with %j', (patch, message) => {
    saveAdapter(dir, { model: gpt2, lora, tensors, base });
    patchConfig(patch);
    expect(() => readAdapter(dir, gpt2)).toThrow(message);
  });

  it('is refused where it is not of this model, or not whole', () => {
    saveAdapter(dir, { model: gpt2, lora, tensors, base });
    expect(() => readAdapter(dir, llama)).toThrow(/is no linear map of the model's blocks/);
    const [first] = Object.entries(tensors);
    writeTensors(Object.fromEntries([first!]));
    expect(() => readAdapter(dir, gpt2)).toThrow('h.0.attn.c_attn.lora_A.weight stands alone');
    writeTensors({});
    expect(() => readAdapter(dir, gpt2)).toThrow('it is empty');
    fs.rmSync(path.join(dir, 'adapter_config.json'));
    expect(() => readAdapter(dir, gpt2)).toThrow(/is not an adapter as PEFT saves it/);
  });
});
