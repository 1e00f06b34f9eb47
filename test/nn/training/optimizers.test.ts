import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine, sizeOf } from '../../../src/engine/index.ts';
import type { Engine, Specs, Traceable } from '../../../src/engine/index.ts';
import type { Parameters } from '../../../src/nn/models/index.ts';
import { grouping } from '../../../src/nn/training/grouping.ts';
import { createOptimizer, optimizerParams, optimizers } from '../../../src/nn/training/optimizers/index.ts';
import type { OptimizerChoice } from '../../../src/nn/training/optimizers/index.ts';
import { maxDifference, toParameters } from '../../golden/read.ts';
import { batchOf, conversations, fixedSource, parameters, reports, shuffledSource, start } from './small.ts';

type Stored = Record<string, { readonly shape: number[]; readonly data: number[] }>;
interface Golden {
  readonly steps: number;
  readonly start: Stored;
  readonly target: Stored;
  readonly lion: { readonly options: { readonly lr: number }; readonly parameters: Stored };
  readonly muon: { readonly options: { readonly lr: number }; readonly parameters: Stored };
}

const golden: Golden = JSON.parse(readFileSync(new URL('../../golden/optimizers.json', import.meta.url), 'utf8'));

const onnx = await createEngine({ backend: 'onnx', threads: 1 });
const cpu = await createEngine({ backend: 'cpu' });
afterAll(async () => {
  await onnx.dispose();
  await cpu.dispose();
});

const specsOf = (tensors: Parameters): Specs =>
  Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, { shape, dtype: 'float32' as const }]));

interface Descent {
  readonly from: Parameters;
  readonly target: Parameters;
  readonly lr: number;
  readonly steps: number;
  /** The gradient of step t is (p - target) * (1 + slope * t). */
  readonly slope?: number;
}

const SCALAR = { shape: [], dtype: 'float32' } as const;

/** Where an optimizer's steps lead, packed as the training loop packs them. */
async function descend(engine: Engine, choice: OptimizerChoice, descent: Descent): Promise<Parameters> {
  const { from, target, lr, steps, slope = 0 } = descent;
  const optimizer = createOptimizer(choice);
  const specs = specsOf(from);
  const slots = optimizer.init(specs);
  const names = Object.keys(from);
  const group = grouping(specs);
  const step: Traceable = (state, inputs) => {
    const size = tf.add(1, tf.mul(inputs.step!, slope));
    const gradientOf = (name: string): Tensor => tf.mul(tf.sub(state[name]!, inputs[`to/${name}`]!), size);
    const gradients = group.pack(Object.fromEntries(names.map((name) => [name, gradientOf(name)])));
    const next = group.update(optimizer, state, gradients, { lr: inputs.lr!, step: inputs.step! });
    return { state: next, outputs: { next: tf.add(inputs.step!, 1) } };
  };
  const targets = Object.fromEntries(names.map((name) => [`to/${name}`, specs[name]!]));
  const program = await engine.compile(`descend ${JSON.stringify(choice)} ${slope}`, step, {
    state: { ...specs, ...slots },
    inputs: { lr: SCALAR, step: SCALAR, ...targets },
  });
  const zeros = Object.entries(slots).map(([name, { shape }]) => [name, { shape, data: new Float32Array(sizeOf(shape)) }]); // prettier-ignore
  const state = engine.createState({ ...from, ...Object.fromEntries(zeros) });
  const to = Object.fromEntries(names.map((name) => [`to/${name}`, target[name]!.data]));
  for (let t = 1; t <= steps; t++)
    await program.run(state, { ...to, lr: Float32Array.of(lr), step: Float32Array.of(t) });
  const ends = await state.read();
  state.dispose();
  return Object.fromEntries(names.map((name) => [name, { shape: from[name]!.shape, data: ends[name]! }]));
}

describe.each([
  ['onnx', onnx],
  ['cpu', cpu],
] as const)('ten steps on %s equal the reference', (_, engine) => {
  it.each(['lion', 'muon'] as const)('%s', async (kind) => {
    const { options, parameters: expected } = golden[kind];
    const { lr, ...rest } = options;
    const choice = optimizerParams.parse({ kind, ...rest });
    const [from, target] = [toParameters(golden.start), toParameters(golden.target)];
    const ends = await descend(engine, choice, { from, target, lr, steps: golden.steps, slope: 0.1 });
    for (const [name, { data }] of Object.entries(expected)) {
      expect(maxDifference(ends[name]!.data, data), name).toBeLessThan(1e-5);
      expect(maxDifference(ends[name]!.data, from[name]!.data), `${name} moved`).toBeGreaterThan(1e-2);
    }
  });
});

/** One step of `kind` from `from`, of which `gradient` is the gradient. */
async function oneStep(
  choice: object,
  name: string,
  shape: number[],
  gradient: number[],
  lr: number,
): Promise<number[]> {
  const from = { [name]: { shape, data: Float32Array.from(gradient) } };
  const target = { [name]: { shape, data: new Float32Array(gradient.length) } };
  const ends = await descend(onnx, optimizerParams.parse(choice), { from, target, lr, steps: 1 });
  return Array.from(ends[name]!.data, (x, i) => x - gradient[i]!);
}
const near = (values: number[]): number[] => values.map((x): number => expect.closeTo(x, 5));

describe('one step by hand', () => {
  it('adamw divides by the size of the gradient and epsilon', async () => {
    const adamw = { kind: 'adamw', epsilon: 1, weightDecay: 0.5 };
    const moved = await oneStep(adamw, 'h.0.a', [1, 2], [3, -1], 0.1);
    expect(moved).toEqual(near([-0.1 * 0.75 - 0.05 * 3, 0.1 * 0.5 + 0.05]));
  });

  it('lion moves every weight by lr, against the sign of its gradient', async () => {
    const moved = await oneStep({ kind: 'lion', weightDecay: 0 }, 'h.0.a', [2, 2], [3, -0.01, 0, 5], 0.1);
    expect(moved).toEqual(near([-0.1, 0.1, 0, -0.1]));
  });

  it('lion lets matrices decay by lr * weightDecay of themselves, and vectors not', async () => {
    const lion = { kind: 'lion', weightDecay: 0.5 };
    expect(await oneStep(lion, 'h.0.a', [1, 2], [2, -4], 0.1)).toEqual(near([-0.1 - 0.1, 0.1 + 0.2]));
    expect(await oneStep(lion, 'h.0.b', [2], [2, -4], 0.1)).toEqual(near([-0.1, 0.1]));
  });

  // a diagonal gradient keeps its singular vectors: each value s / |g| goes through 3.4445 s - 4.775 s^3 + 2.0315 s^5
  const five = (s: number): number => [1, 2, 3, 4, 5].reduce((x) => 3.4445 * x - 4.775 * x ** 3 + 2.0315 * x ** 5, s);

  it('muon makes a diagonal gradient’s values nearly equal', async () => {
    const moved = await oneStep({ kind: 'muon', weightDecay: 0 }, 'h.0.a', [2, 2], [3, 0, 0, 4], 0.1);
    expect(moved).toEqual(near([-0.1 * five(0.6), 0, 0, -0.1 * five(0.8)]));
    for (const s of [0.05, 0.3, 1]) expect(Math.abs(five(s) - 0.95)).toBeLessThan(0.3);
  });

  it('muon widens its steps where a matrix widens, and not where it narrows', async () => {
    const muon = { kind: 'muon', weightDecay: 0 };
    const wide = await oneStep(muon, 'h.0.a', [1, 4], [2, 0, 0, 0], 0.1);
    expect(wide).toEqual(near([-0.1 * 2 * five(1), 0, 0, 0]));
    const tall = await oneStep(muon, 'h.0.a', [4, 1], [2, 0, 0, 0], 0.1);
    expect(tall).toEqual(near([-0.1 * five(1), 0, 0, 0]));
    // torch.nn.Linear has its outputs first
    for (const name of ['model.layers.0.mlp.up_proj.weight', 'h.0.attn.c_attn.lora_B.weight']) {
      expect(await oneStep(muon, name, [4, 1], [2, 0, 0, 0], 0.1)).toEqual(wide);
      expect(await oneStep(muon, name, [1, 4], [2, 0, 0, 0], 0.1)).toEqual(tall);
    }
  });

  it('muon leaves embeddings and heads to AdamW, at its share of the rate', async () => {
    const muon = { kind: 'muon', weightDecay: 0, adamShare: 0.5 };
    for (const name of ['wte.weight', 'value.weight'])
      expect(await oneStep(muon, name, [2, 2], [3, 0, 0, 4], 0.1)).toEqual(near([-0.05, 0, 0, -0.05]));
  });
});

describe('every optimizer', () => {
  const kinds = Object.keys(optimizers);
  const batch = batchOf(conversations(8, 17));
  const lrOf = (kind: string): number => ({ sgd: 0.3, lion: 3e-3 })[kind] ?? 0.02;

  it.each(kinds)('%s trains, traced as on the eager backend', async (kind) => {
    const options = { lr: lrOf(kind), optimizer: { kind, ...(kind === 'adamw' && { epsilon: 1e-2 }) } };
    const [traced, eager] = [onnx, cpu].map((engine) => start({ engine, batches: fixedSource([batch]), options }));
    const [a, b] = [await reports(traced!, 3), await reports(eager!, 3)];
    a.forEach(({ loss }, i) => expect(loss).toBeCloseTo(b[i]!.loss, 3));
    const ends = await traced!.parameters();
    for (const [name, { data }] of Object.entries(parameters)) expect(ends[name]!.data, name).not.toEqual(data);
    const losses = (await reports(traced!, 25)).map(({ loss }) => loss);
    expect(losses.at(-1)).toBeLessThan(a[0]!.loss - 0.5);
  });

  it.each(kinds)('%s continues from a snapshot as if it had never stopped', async (kind) => {
    const options = { lr: lrOf(kind), optimizer: { kind } };
    const whole = start({ engine: onnx, batches: shuffledSource(4), options });
    await reports(whole, 6);
    const first = start({ engine: onnx, batches: shuffledSource(4), options });
    await reports(first, 3);
    const resumed = start({ engine: onnx, batches: shuffledSource(4), options, resume: await first.snapshot() });
    await reports(resumed, 6);
    expect(await resumed.snapshot()).toEqual(await whole.snapshot());
  });
});
