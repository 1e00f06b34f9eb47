import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { parameterTensorSpecs } from '../../../src/nn/models/index.ts';
import { attackLatents, latentAdversarialLoss } from '../../../src/nn/training/latent-attack.ts';
import { languageModelLoss } from '../../../src/nn/training/losses.ts';
import type { Loss, LossInputs } from '../../../src/nn/training/losses.ts';
import { batchOf, conversations, model, parameters, T } from './small.ts';

const engine = await createEngine({ backend: 'onnx', threads: 1 });
afterAll(() => engine.dispose());

const C = 16;
const B = 4;
const layer = 0;
const epsilon = 0.3;
const batch = batchOf(conversations(B, T + 1));
const isPrompt = Float32Array.from({ length: B * T }, (_, i) => Number(i % T < 4));
const policy = engine.createState(parameters);

const withDelta = (delta: Float32Array): LossInputs => ({
  ...batch,
  specs: { ...batch.specs, delta: { shape: [B * T, C], dtype: 'float32' } },
  values: { ...batch.values, delta },
});

async function valueOf(loss: Loss, { specs, values }: LossInputs): Promise<number> {
  const program = await engine.compile(
    `value ${loss.key}`,
    (p, inputs) => ({ outputs: { loss: loss.total(model, p, inputs) } }),
    {
      state: parameterTensorSpecs(model),
      inputs: specs,
    },
  );
  return (await program.run(policy, values)).loss![0]!;
}

/** The residual stream that the attack pushes, [B * T, C]. */
async function residual(): Promise<Float32Array> {
  const program = await engine.compile(
    'residual',
    (p, inputs) => {
      let seen: tf.Tensor | undefined;
      model.forward(p, { tokens: inputs.tokens! }, (name, x) => {
        if (name === `blocks.${layer}.hook_resid_post`) seen = x;
        return x;
      });
      return { outputs: { seen: seen! } };
    },
    { state: parameterTensorSpecs(model), inputs: { tokens: batch.specs.tokens! } },
  );
  return (await program.run(policy, { tokens: batch.values.tokens! })).seen as Float32Array;
}

const norms = (x: Float32Array): number[] =>
  Array.from({ length: x.length / C }, (_, i) => Math.hypot(...x.subarray(i * C, (i + 1) * C)));

const adversarial = latentAdversarialLoss({ layer }, 0);

describe('an attack on the residual stream', () => {
  it('stays within epsilon of each position, and off everything but the prompt', async () => {
    const { delta } = await attackLatents(engine, model, policy, batch, isPrompt, { layer, epsilon, innerSteps: 4 });
    const sizes = norms(await residual());
    norms(delta).forEach((size, i) => {
      if (isPrompt[i] === 0) expect(size).toBe(0);
      else expect(size).toBeLessThanOrEqual(epsilon * sizes[i]! * 1.0001);
    });
    expect(Math.max(...norms(delta))).toBeGreaterThan(0.1);
  });

  it('raises the loss by what it says, and by more than pushes of the same size at random', async () => {
    const { delta, raised } = await attackLatents(engine, model, policy, batch, isPrompt, {
      layer,
      epsilon,
      innerSteps: 4,
    });
    const clean = await valueOf(languageModelLoss, batch);
    expect(await valueOf(adversarial, withDelta(delta))).toBeCloseTo(clean + raised, 3);
    const rng = createRng('random push');
    const sizes = norms(delta);
    const random = delta.map(() => rng.normal());
    const length = norms(random);
    const scaled = random.map((x, i) => (x * sizes[Math.floor(i / C)]!) / length[Math.floor(i / C)]!);
    const byChance = (await valueOf(adversarial, withDelta(scaled))) - clean;
    expect(raised).toBeGreaterThan(3 * Math.abs(byChance));
  });

  it('in one step goes to the edge of the ball along the slope', async () => {
    const { delta } = await attackLatents(engine, model, policy, batch, isPrompt, { layer, epsilon, innerSteps: 1 });
    const sizes = norms(await residual());
    norms(delta).forEach((size, i) => {
      if (isPrompt[i] === 1 && size > 0) expect(size / (epsilon * sizes[i]!)).toBeCloseTo(1, 3);
    });
  });
});

describe('the loss under attack', () => {
  it('is the language-model loss where nothing is pushed, and a mix of the two by its share', async () => {
    const zero = withDelta(new Float32Array(B * T * C));
    const clean = await valueOf(languageModelLoss, batch);
    expect(await valueOf(adversarial, zero)).toBeCloseTo(clean, 4);
    const { delta } = await attackLatents(engine, model, policy, batch, isPrompt, { layer, epsilon, innerSteps: 2 });
    const attacked = await valueOf(adversarial, withDelta(delta));
    const mixed = await valueOf(latentAdversarialLoss({ layer }, 0.25), withDelta(delta));
    expect(mixed).toBeCloseTo(0.75 * attacked + 0.25 * clean, 3);
    expect(attacked).toBeGreaterThan(clean);
  });
});
