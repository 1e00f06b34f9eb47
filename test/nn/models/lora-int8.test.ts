import { afterAll, describe, expect, it } from 'vitest';
import { adapted } from '../../../src/cli/bench/recipe.ts';
import { createEngine } from '../../../src/engine/index.ts';
import type { Engine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters, parameterTensorSpecs } from '../../../src/nn/models/index.ts';
import type { Model, Parameters } from '../../../src/nn/models/index.ts';
import { adapterOf, loraParams, targetsOf, withAdapter } from '../../../src/nn/models/lora.ts';
import { languageModelInputs, languageModelLoss } from '../../../src/nn/training/losses.ts';
import { startTraining, trainingParams } from '../../../src/nn/training/loop.ts';
import { shaken, smallModels, V } from './small.ts';

const onnx = await createEngine({ backend: 'onnx', threads: 1 });
const eager = await createEngine({ backend: 'cpu' });
afterAll(async () => {
  await onnx.dispose();
  await eager.dispose();
});

const [B, T] = [4, 12];
const ids = (by: number): Int32Array => Int32Array.from({ length: B * T }, (_, i) => (i * by + 3) % V);
const batch = languageModelInputs({ tokens: ids(7), targets: ids(11), weights: new Float32Array(B * T).fill(1), B, T });

/** Ten steps on one batch; A and B are both there from the start, so that both have a gradient. */
async function tenSteps(engine: Engine, plain: Model, lora: object) {
  const model = withAdapter(plain, loraParams.parse({ rank: 2, ...lora }));
  const adapter = adapterOf(initParameters(model, createRng(2)));
  const drawn = Object.entries(adapter).map(([name, { shape, data }]) => {
    const rng = createRng(name);
    return [name, { shape, data: data.map(() => 0.1 * rng.normal()) }] as const;
  });
  const parameters: Parameters = { ...shaken(plain), ...Object.fromEntries(drawn) };
  const training = startTraining({
    ...{ engine, model, parameters, loss: languageModelLoss },
    batches: { next: () => batch, state: () => null, restore: () => undefined },
    options: trainingParams.parse({ steps: 10, lr: 4e-3, schedule: { kind: 'constant', warmupSteps: 0 } }),
  });
  const losses: number[] = [];
  const norms: number[] = [];
  await training.advance(10, ({ loss, gradientNorm }) => {
    losses.push(loss);
    norms.push(gradientNorm);
  });
  const after = await training.parameters();
  training.dispose();
  return { losses, norms, after, parameters };
}

describe.each(Object.entries(smallModels))('%s, its frozen maps in 8 bits', (_, plain) => {
  it('learns as in floats, nearly, and keeps every frozen number', async () => {
    const floats = await tenSteps(onnx, plain, {});
    const { losses, norms, after, parameters } = await tenSteps(onnx, plain, { frozen: 'int8' });
    expect(floats.losses.at(-1)!).toBeLessThan(0.9 * floats.losses[0]!);
    losses.forEach((loss, i) => expect(Math.abs(loss / floats.losses[i]! - 1), `step ${i + 1}`).toBeLessThan(0.02));
    expect(Math.abs(norms[0]! / floats.norms[0]! - 1)).toBeLessThan(0.1); // later ones are of other weights
    expect(losses[0]).not.toBe(floats.losses[0]);
    for (const name of Object.keys(plain.parameterSpecs)) expect(after[name]!.data, name).toBe(parameters[name]!.data);
  });

  it('learns in floats where the engine has no products of integers', async () => {
    const [inFloats, inBits] = [await tenSteps(eager, plain, {}), await tenSteps(eager, plain, { frozen: 'int8' })];
    expect(inBits.losses).toEqual(inFloats.losses);
  });

  it('reads those maps so that have an adapter, and nothing else', () => {
    const all = withAdapter(plain, loraParams.parse({ frozen: 'int8' }));
    const inBits = (model: Model): string[] =>
      Object.entries(parameterTensorSpecs(model)).flatMap(([name, { quantized }]) => (quantized ? [name] : []));
    expect(inBits(all).sort()).toEqual(targetsOf(plain, {}).map((name) => `${name}.weight`).sort()); // prettier-ignore
    const targets = [targetsOf(plain, {})[0]!];
    expect(inBits(withAdapter(plain, loraParams.parse({ frozen: 'int8', targets })))).toEqual([`${targets[0]}.weight`]);
    const inFloats = withAdapter(plain, loraParams.parse({}));
    expect(inBits(inFloats)).toEqual([]);
    expect(all.key).not.toBe(inFloats.key); // what is kept for one is not the other's
    expect(inBits(adapted(plain, { lora: 2, frozen: 'int8' }))).toEqual(inBits(all));
  });
});
