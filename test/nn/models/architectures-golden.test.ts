import * as tf from '@tensorflow/tfjs';
import type { Scalar, Tensor } from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { hfConfig, parseHfConfig } from '../../../src/nn/checkpoints/config.ts';
import { createEngine } from '../../../src/engine/index.ts';
import type { Tensors } from '../../../src/engine/index.ts';
import { parameterTensorSpecs } from '../../../src/nn/models/index.ts';
import { languageModelInputs, languageModelLoss } from '../../../src/nn/training/losses.ts';
import { leftPadded } from './left-padded.ts';
import { maxDifference, readGoldenCases } from '../../golden/read.ts';

const engines = {
  onnx: await createEngine({ backend: 'onnx', threads: 1 }),
  cpu: await createEngine({ backend: 'cpu' }),
};
afterAll(async () => {
  await engines.onnx.dispose();
  await engines.cpu.dispose();
});

const FILES = { llama: 'llama', 'gpt-neox': 'gpt-neox', gpt2: 'gpt2-relu2' };
const cases = Object.entries(FILES).flatMap(([kind, file]) =>
  Object.entries(readGoldenCases(file)).map(([name, golden]) => ({ kind, name, golden })),
);

describe.each(cases)('$kind ($name) against Hugging Face transformers', ({ kind, golden }) => {
  const { model, tokens: special } = parseHfConfig(golden.config, 'config.json');
  const [B, T, V] = [golden.tokens.length, golden.tokens[0]!.length, model.vocabSize];
  const batch = languageModelInputs({
    tokens: Int32Array.from(golden.tokens.flat()),
    targets: Int32Array.from(golden.targets.flat()),
    weights: Float32Array.from(golden.weights.flat()),
    B,
    T,
  });
  const state = parameterTensorSpecs(model);

  it('has the same parameters', () => {
    expect(model.kind).toBe(kind);
    const shapes = (of: Readonly<Record<string, { shape: readonly number[] }>>): unknown =>
      Object.fromEntries(Object.entries(of).map(([name, { shape }]) => [name, shape]));
    expect(shapes(model.parameterSpecs)).toEqual(shapes(golden.parameters));
  });

  it('writes a config.json that describes the same network', () => {
    const written: unknown = JSON.parse(JSON.stringify(hfConfig(model, special)));
    expect(parseHfConfig(written, 'config.json').model.key).toBe(model.key);
  });

  describe.each(Object.entries(engines))('%s engine', (_, engine) => {
    it('gives the same logits', async () => {
      const program = await engine.compile(
        `logits ${model.key}`,
        (p, { tokens }) => ({ outputs: { logits: model.logits(p, model.forward(p, { tokens: tokens! }).hidden) } }),
        { state, inputs: { tokens: batch.specs.tokens! } },
      );
      const { logits } = await program.run(engine.createState(golden.parameters), { tokens: batch.values.tokens! });
      expect(maxDifference(logits!, golden.logits)).toBeLessThan(1e-5);
    });

    it('gives the same logits to rows padded on the left', async () => {
      const { specs, values, forward } = leftPadded(model, golden.tokens.map((row, b) => row.slice(0, golden.lengths[b]))); // prettier-ignore
      const program = await engine.compile(`left ${model.key}`, forward, { state, inputs: specs });
      const { logits } = await program.run(engine.createState(golden.parameters), values);
      for (const [b, n] of golden.lengths.entries()) {
        const [found, expected] = [logits!.slice(((b + 1) * T - n) * V), golden.logits.slice(b * T * V)];
        expect(maxDifference(found.slice(0, n * V), expected.slice(0, n * V))).toBeLessThan(1e-5);
      }
    });

    it('gives the same loss and the same gradient of every parameter', async () => {
      const names = Object.keys(state);
      const program = await engine.compile(
        `gradients ${model.key}`,
        (p, inputs) => {
          const f = (...tensors: Tensor[]): Scalar => {
            const named: Tensors = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
            return tf.div(languageModelLoss.total(model, named, inputs), batch.weight);
          };
          const { value, grads } = tf.valueAndGrads(f)(names.map((name) => p[name]!));
          return { outputs: { loss: value, ...Object.fromEntries(names.map((name, i) => [name, grads[i]!])) } };
        },
        { state, inputs: batch.specs },
      );
      const outputs = await program.run(engine.createState(golden.parameters), batch.values);
      expect(outputs.loss![0]).toBeCloseTo(golden.loss, 5);
      for (const name of names) expect(maxDifference(outputs[name]!, golden.gradients[name]!), name).toBeLessThan(1e-5);
    });
  });
});
