import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import type { Scalar, Tensor } from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import type { Tensors } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { models, parameterTensorSpecs, trainableSpecs } from '../../../src/nn/models/index.ts';
import type { Model, Parameters } from '../../../src/nn/models/index.ts';
import {
  adapterOf,
  initAdapter,
  isAdapterName,
  linearMaps,
  loraParams,
  mergeAdapter,
  scaleOf,
  targetsOf,
  unmergeAdapter,
  withAdapter,
} from '../../../src/nn/models/lora.ts';
import { languageModelInputs, languageModelLoss } from '../../../src/nn/training/losses.ts';
import { startTraining, trainingParams } from '../../../src/nn/training/loop.ts';
import { maxDifference, toParameters } from '../../golden/read.ts';
import type { Golden } from '../../golden/read.ts';

type Stored = Golden['parameters'];
interface LoraGolden extends Omit<Golden, 'adamw' | 'sgd'> {
  readonly lora: { readonly rank: number; readonly alpha: number; readonly targets: string[] };
  readonly adapter: Stored;
  readonly merged: Stored;
  readonly adamw: { readonly losses: number[]; readonly gradNorms: number[]; readonly adapter: Stored };
}

/** Numbers from Hugging Face PEFT; scripts/golden/lora.py made them. */
const golden = JSON.parse(readFileSync(new URL('../../golden/lora.json', import.meta.url), 'utf8')) as LoraGolden;
const { n_layer: nLayer, n_head: nHead, n_embd: nEmbd, vocab_size: V, n_positions: nPositions } = golden.config;
const base = models.gpt2.create(
  models.gpt2.params.parse({ nLayer, nHead, nEmbd, nPositions, activation: 'gelu_new' }),
  V,
);
const lora = loraParams.parse(golden.lora);
const model = withAdapter(base, lora);
const inMemory = (stored: Stored): Parameters =>
  Object.fromEntries(
    Object.entries(toParameters(stored)).map(([name, tensor]) => [
      name.replace('base_model.model.transformer.', ''),
      tensor,
    ]),
  );
const frozen = toParameters(golden.parameters);
const adapter = { scale: scaleOf(lora), tensors: inMemory(golden.adapter) };
const parameters = { ...frozen, ...adapter.tensors };
const [B, T] = [golden.tokens.length, golden.tokens[0]!.length];
const batch = languageModelInputs({
  tokens: Int32Array.from(golden.tokens.flat()),
  targets: Int32Array.from(golden.targets.flat()),
  weights: Float32Array.from(golden.weights.flat()),
  B,
  T,
});

describe.each(['onnx', 'cpu'] as const)('an adapter against Hugging Face PEFT, %s engine', async (backend) => {
  const engine = await createEngine({ backend, threads: 1 });
  afterAll(() => engine.dispose());

  async function logitsOf(of: Model, values: Parameters): Promise<Float32Array> {
    const program = await engine.compile(
      `logits ${of.key}`,
      (p, { tokens }) => ({ outputs: { logits: of.logits(p, of.forward(p, { tokens: tokens! }).hidden) } }),
      { state: parameterTensorSpecs(of), inputs: { tokens: batch.specs.tokens! } },
    );
    const state = engine.createState(values);
    const { logits } = await program.run(state, { tokens: batch.values.tokens! });
    state.dispose();
    return logits as Float32Array;
  }

  it('gives the same logits, apart from the weights and merged into them', async () => {
    expect(maxDifference(await logitsOf(model, parameters), golden.logits.data)).toBeLessThan(2e-5);
    const merged = mergeAdapter(base, frozen, adapter);
    expect(maxDifference(await logitsOf(base, merged), golden.logits.data)).toBeLessThan(2e-5);
  });

  it('changes nothing at first', async () => {
    const start = { ...frozen, ...initAdapter(model, createRng(1)) };
    expect(await logitsOf(model, start)).toEqual(await logitsOf(base, frozen));
  });

  it('gives the same gradient of every A and B, and of nothing else', async () => {
    const names = Object.keys(trainableSpecs(model));
    expect(names.toSorted()).toEqual(Object.keys(adapter.tensors).toSorted());
    const program = await engine.compile(
      'lora gradients',
      (p, inputs) => {
        const f = (...tensors: Tensor[]): Scalar => {
          const named: Tensors = { ...p, ...Object.fromEntries(names.map((name, i) => [name, tensors[i]!])) };
          return tf.div(languageModelLoss.total(model, named, inputs), batch.weight);
        };
        const { value, grads } = tf.valueAndGrads(f)(names.map((name) => p[name]!));
        return { outputs: { loss: value, ...Object.fromEntries(names.map((name, i) => [name, grads[i]!])) } };
      },
      { state: parameterTensorSpecs(model), inputs: batch.specs },
    );
    const outputs = await program.run(engine.createState(parameters), batch.values);
    expect(outputs.loss![0]).toBeCloseTo(golden.loss, 5);
    const gradients = inMemory(golden.gradients);
    for (const name of names) expect(maxDifference(outputs[name]!, gradients[name]!.data), name).toBeLessThan(1e-5);
  });

  it('takes the same 5 steps of AdamW and leaves what is frozen alone, bit for bit', async () => {
    const training = startTraining({
      engine,
      model,
      parameters,
      loss: languageModelLoss,
      batches: { next: () => batch, state: () => null, restore: () => undefined },
      options: trainingParams.parse({
        ...{ steps: 5, lr: 0.02, clipNorm: 1, schedule: { kind: 'constant', warmupSteps: 0 } },
        optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 },
      }),
    });
    const [losses, norms]: [number[], number[]] = [[], []];
    await training.advance(5, ({ loss, gradientNorm }) => {
      losses.push(loss);
      norms.push(gradientNorm);
    });
    expect(maxDifference(losses, golden.adamw.losses)).toBeLessThan(1e-4);
    expect(maxDifference(norms, golden.adamw.gradNorms)).toBeLessThan(1e-3);
    const after = adapterOf(await training.parameters());
    for (const [name, { data }] of Object.entries(inMemory(golden.adamw.adapter)))
      expect(maxDifference(after[name]!.data, data), name).toBeLessThan(1e-3);
    const held = await training.state.read();
    for (const [name, { data }] of Object.entries(frozen)) expect(held[name], name).toEqual(data);
    const slots = Object.keys(held).filter((name) => /^[mv]\//.test(name));
    expect(slots.every((name) => isAdapterName(name))).toBe(true);
    expect(slots).toHaveLength(2 * Object.keys(adapter.tensors).length);
  });
});

describe('an adapter', () => {
  it('is merged as PEFT merges it, and unmerged again', () => {
    const trained = { ...adapter, tensors: inMemory(golden.adamw.adapter) };
    const merged = mergeAdapter(base, frozen, trained);
    for (const [name, { data }] of Object.entries(golden.merged))
      expect(maxDifference(merged[name]!.data, data), name).toBeLessThan(1e-6);
    expect(merged['wte.weight']!.data).toBe(frozen['wte.weight']!.data);
    const back = unmergeAdapter(base, merged, trained);
    for (const [name, { data }] of Object.entries(frozen))
      expect(maxDifference(back[name]!.data, data), name).toBeLessThan(1e-6);
  });

  it('merges into maps that lie the other way round', () => {
    const flipped = {
      ...base,
      layout: 'out-in' as const,
      parameterSpecs: {} as Record<string, { shape: number[]; init: () => number }>,
    };
    flipped.parameterSpecs['layers.0.q_proj.weight'] = { shape: [2, 3], init: () => 0 };
    expect(linearMaps(flipped)).toEqual({ 'layers.0.q_proj': { inputs: 3, outputs: 2 } });
    const one = {
      'layers.0.q_proj.lora_A.weight': { shape: [1, 3], data: Float32Array.of(1, 2, 3) },
      'layers.0.q_proj.lora_B.weight': { shape: [2, 1], data: Float32Array.of(10, 100) },
    };
    const weight = { 'layers.0.q_proj.weight': { shape: [2, 3], data: new Float32Array(6) } };
    const merged = mergeAdapter(flipped, weight, { scale: 2, tensors: one });
    expect([...merged['layers.0.q_proj.weight']!.data]).toEqual([20, 40, 60, 200, 400, 600]);
  });

  it('is put where its targets say', () => {
    expect(targetsOf(base, {})).toHaveLength(4 * nLayer);
    expect(targetsOf(base, { targets: ['attn.c_proj'] })).toEqual(['h.0.attn.c_proj', 'h.1.attn.c_proj']);
    expect(targetsOf(base, { targets: ['c_proj'] })).toHaveLength(2 * nLayer);
    expect(() => targetsOf(base, { targets: ['c_attn', 'q_proj'] })).toThrow(
      'lora.targets: no linear map of gpt2 is called q_proj; there are c_attn, c_proj, c_fc',
    );
  });
});
