import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { attention } from '../../../src/nn/models/attention.ts';
import { initParameters, models } from '../../../src/nn/models/index.ts';
import { unhooked } from '../../../src/nn/models/types.ts';
import type { Hook } from '../../../src/nn/models/types.ts';
import { difference, drawArgs, evaluate, normal } from '../../engine/compare.ts';
import type { Case } from '../../engine/compare.ts';

const onnx = await createEngine({ backend: 'onnx', threads: 1 });
const cpu = await createEngine({ backend: 'cpu' });
afterAll(async () => {
  await onnx.dispose();
  await cpu.dispose();
});

const [B, H, D] = [2, 4, 3];
const nothing = { past: undefined, pastMask: undefined, mask: undefined };
/** Of T tokens, whose heads share `K` of keys and values. */
const attending = (T: number, K: number, hook: Hook): Case => ({
  args: [normal(B, H, T, D), normal(B, K, T, D), normal(B, K, T, D)],
  f: (query, key, value) => attention({ query: query!, key: key!, value: value!, ...nothing }, hook),
  gradient: true,
});
const looking: Hook = (_, activation) => activation;

/** Row t by its definition, in doubles: exp(q_t k_s / sqrt(D)) over s <= t, and their mean of v_s. */
function byHand(T: number, K: number): Float32Array {
  const { values } = drawArgs(attending(T, K, unhooked).args, 'args');
  const [q, k, v] = [values.x0!, values.x1!, values.x2!];
  const out = new Float32Array(B * H * T * D);
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++) {
      const shared = (b * K + Math.floor(h / (H / K))) * T;
      for (let t = 0; t < T; t++) {
        const row = ((b * H + h) * T + t) * D;
        let total = 0;
        const sum = new Float64Array(D);
        for (let s = 0; s <= t; s++) {
          let score = 0;
          for (let d = 0; d < D; d++) score += q[row + d]! * k[(shared + s) * D + d]!;
          const weight = Math.exp(score / Math.sqrt(D));
          total += weight;
          for (let d = 0; d < D; d++) sum[d]! += weight * v[(shared + s) * D + d]!;
        }
        for (let d = 0; d < D; d++) out[row + d] = sum[d]! / total;
      }
    }
  return out;
}

// one token; one block; two, three and four of them, even and uneven
describe.each([1, 12, 97, 192, 250])('%i tokens', (T) => {
  it.each([
    ['each head its own keys', H],
    ['two heads a key', 2],
    ['one key for all heads', 1],
  ])('%s: the definition, and the gradients of who looks inside', async (_, K) => {
    const plain = await evaluate(onnx, `looking ${T} ${K}`, attending(T, K, looking), attending(T, K, looking).f);
    const engines = T < 100 ? [onnx, cpu] : [onnx];
    for (const engine of engines) {
      const { values } = await evaluate(engine, `unhooked ${T} ${K}`, attending(T, K, unhooked), attending(T, K, unhooked).f); // prettier-ignore
      expect(difference(values.y0!, byHand(T, K))).toBeLessThan(1e-5);
      for (const by of ['y0', 'd0', 'd1', 'd2'])
        expect(difference(values[by]!, plain.values[by]!), `${engine.backend} ${by}`).toBeLessThan(1e-5);
    }
  });
});

it('of many tokens, a later one changes no earlier row by a bit', async () => {
  const [T, at] = [150, 100];
  const specs = (): Record<string, { shape: number[]; dtype: 'float32' }> =>
    Object.fromEntries(['query', 'key', 'value'].map((name) => [name, { shape: [1, 1, T, D], dtype: 'float32' }]));
  const program = await onnx.compile(
    'causal',
    (_, { query, key, value }) => ({
      outputs: { z: attention({ query: query!, key: key!, value: value!, ...nothing }, unhooked) },
    }),
    { state: {}, inputs: specs() },
  );
  const wave = (by: number) => Float32Array.from({ length: T * D }, (_, i) => Math.sin(i * by));
  const inputs = { query: wave(1), key: wave(2), value: wave(3) };
  const { z: before } = await program.run(onnx.createState({}), inputs);
  const changed = (x: Float32Array) => x.map((value, i) => (i < at * D ? value : 2 * value));
  const { z: after } = await program.run(onnx.createState({}), {
    query: inputs.query,
    key: changed(inputs.key),
    value: changed(inputs.value),
  });
  expect(after!.slice(0, at * D)).toEqual(before!.slice(0, at * D));
  for (let t = at; t < T; t++) {
    const row = (z: typeof after) => z!.slice(t * D, (t + 1) * D);
    expect(difference(row(after), row(before)), `row ${t}`).toBeGreaterThan(1e-4);
  }
});

/** How many scores are taken through a softmax. */
async function scoresIn(work: () => Tensor): Promise<number> {
  await tf.setBackend('cpu');
  const { kernels } = await tf.profile(() => tf.tidy(work));
  const shapes = kernels.filter(({ name }) => name === 'Softmax').map(({ outputShapes }) => outputShapes[0]!);
  return shapes.reduce((sum, shape) => sum + tf.util.sizeFromShape(shape), 0);
}

it.each([256, 512])('of %i tokens, five eighths of the scores are computed unless one looks', async (T) => {
  const scores = (hook: Hook): Promise<number> =>
    scoresIn(() => {
      const x = tf.zeros([1, 1, T, 1]);
      return attention({ query: x, key: x, value: x, ...nothing }, hook);
    });
  expect(await scores(unhooked)).toBe((5 / 8) * T * T);
  expect(await scores(looking)).toBe(T * T);
});

const sizes = { nLayer: 2, nHead: 2, nEmbd: 8, nPositions: 256 };
it.each([
  models.gpt2.create(models.gpt2.params.parse(sizes), 3),
  models.llama.create(models.llama.params.parse(sizes), 3),
  models['gpt-neox'].create(models['gpt-neox'].params.parse({ ...sizes, rotaryPct: 0.5 }), 3),
])('and so in each head of $kind', async (model) => {
  const scores = (hook?: Hook): Promise<number> =>
    scoresIn(() => {
      const entries = Object.entries(initParameters(model, createRng(1)));
      const p = Object.fromEntries(entries.map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));
      return model.forward(p, { tokens: tf.zeros([1, 256], 'int32') }, hook).hidden;
    });
  expect(await scores()).toBe(2 * 2 * (5 / 8) * 256 ** 2);
  expect(await scores(looking)).toBe(2 * 2 * 256 ** 2);
});
