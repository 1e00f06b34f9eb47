import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import type { Traceable } from '../../src/engine/index.ts';
import { runFused } from '../../src/engine/gradient.ts';
import { createOnnxEngine } from '../../src/engine/onnx-engine.ts';
import * as ort from '../../src/engine/onnxruntime.ts';
import { quantized } from '../../src/engine/quantized.ts';
import { record, trace } from '../../src/engine/trace/index.ts';
import { createRng } from '../../src/lib/rng.ts';

const [R, C, N] = [24, 40, 6];
const rng = createRng(5);
const draw = (size: number): Float32Array => Float32Array.from({ length: size }, () => rng.normal());
/** Rows of it are of very different size, as channels of a transformer are. */
const W = { shape: [R, C], data: draw(R * C).map((w, i) => w * 2 ** -(Math.floor(i / C) % 7)) };
const onnx = await createEngine({ backend: 'onnx', threads: 1 });
const eager = await createEngine({ backend: 'cpu' });
afterAll(async () => {
  await onnx.dispose();
  await eager.dispose();
});

/** Rows of very different size, and one of zeros. */
const rowsOf = (width: number): Float32Array => draw(N * width).map((x, i) => x * [1, 100, 1e-4, 0, 7, 0.3][Math.floor(i / width)]!); // prettier-ignore

/** x times W in integers, as it is meant: every x in steps of a 127th of its row's largest, every W in those of `quantized`. */
function meant(x: Float32Array, transposed: boolean): number[] {
  const { rows, columns, scale } = quantized(W);
  const [K, M] = transposed ? [C, R] : [R, C];
  return Array.from({ length: N }, (_, n) => {
    const row = Array.from({ length: K }, (_, k) => x[n * K + k]! * (transposed ? 1 : scale[k]!));
    const step = Math.max(1e-30, Math.max(...row.map(Math.abs)) / 127);
    const whole = row.map((value) => Math.round(value / step));
    return Array.from({ length: M }, (_, m) => {
      const sum = whole.reduce((total, value, k) => total + value * (transposed ? columns : rows)[k * M + m]!, 0);
      return sum * step * (transposed ? scale[m]! : 1);
    });
  }).flat();
}

const state = { W: { shape: [R, C], dtype: 'float32', quantized: true } } as const;
const product =
  (transposed: boolean): Traceable =>
  ({ W }, { x }) => ({ outputs: { y: tf.matMul(x!, W!, false, transposed) } });
const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const sum = (of: (i: number) => number): number => Array.from(a, (_, i) => of(i) ** 2).reduce((s, one) => s + one, 0);
  return Math.sqrt(sum((i) => a[i]! - b[i]!) / sum((i) => b[i]!));
};
const parts = (values: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: N }, (_, n) => Array.from(values).slice(n * width, (n + 1) * width));

describe('a matrix in 8 bits', () => {
  it('has the largest of each row at the last step, and the rest within half a step', () => {
    const { rows, columns, scale } = quantized(W);
    for (let r = 0; r < R; r++) {
      const own = [...rows.subarray(r * C, (r + 1) * C)];
      expect(Math.max(...own.map(Math.abs))).toBe(64);
      own.forEach((q, c) => {
        expect(Math.abs(q * scale[r]! - W.data[r * C + c]!)).toBeLessThanOrEqual(0.5001 * scale[r]!);
        expect(columns[c * R + r]).toBe(q);
      });
    }
  });

  it('of zeros stays so', () => {
    const { rows, scale } = quantized({ shape: [2, 2], data: new Float32Array(4) });
    expect([...rows, ...scale]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe.each([
  ['turned', true, C, R],
  ['as it lies', false, R, C],
] as const)('a product with it %s', (_, transposed, K, M) => {
  const signature = { state, inputs: { x: { shape: [N, K], dtype: 'float32' } } } as const;
  const x = rowsOf(K);

  it('is the one in integers, and near the exact one in every row, however small', async () => {
    const held = onnx.createState({ W });
    const { y } = await (await onnx.compile('product', product(transposed), signature)).run(held, { x });
    const plain = { ...signature, state: { W: { shape: [R, C], dtype: 'float32' } } } as const;
    const exact = (await (await onnx.compile('product', product(transposed), plain)).run(held, { x })).y!;
    const [found, expected, integers] = [parts(y!, M), parts(exact, M), parts(meant(x, transposed), M)];
    expect(found[3]!.every((value) => value === 0)).toBe(true);
    for (const n of [0, 1, 2, 4, 5]) {
      expect(apart(found[n]!, integers[n]!)).toBeLessThan(3e-3); // a half may be rounded either way
      expect(apart(found[n]!, expected[n]!)).toBeLessThan(0.03);
      expect(apart(found[n]!, expected[n]!)).toBeGreaterThan(1e-4);
    }
    held.dispose();
  });

  it('is taken in integers, and elsewhere in floats', async () => {
    const { model } = trace(product(transposed), signature, 'p');
    expect(Buffer.from(model).toString('latin1')).toContain('MatMulIntegerToFloat');
    const program = await eager.compile('product', product(transposed), signature);
    const { y } = await program.run(eager.createState({ W }), { x });
    const exact = tf.tidy(() => tf.matMul(tf.tensor(x, [N, K]), tf.tensor(W.data, [R, C]), false, transposed).dataSync()); // prettier-ignore
    expect(apart(y!, exact)).toBeLessThan(1e-6);
  });

  it('has the gradient of the same product, in integers too', async () => {
    const weights = draw(N * M);
    const f: Traceable = ({ W }, { x, weights }) => ({
      outputs: { dx: tf.grad((at) => tf.sum(tf.mul(tf.matMul(at, W!, false, transposed), weights!)))(x!) },
    });
    const inputs = { ...signature.inputs, weights: { shape: [N, M], dtype: 'float32' } } as const;
    const held = onnx.createState({ W });
    const { dx } = await (await onnx.compile('gradient', f, { state, inputs })).run(held, { x, weights });
    expect(apart(dx!, meant(weights, !transposed))).toBeLessThan(3e-3);
    const inFloats = await eager.compile('gradient', f, { state, inputs });
    const { dx: exact } = await inFloats.run(eager.createState({ W }), { x, weights });
    expect(apart(dx!, exact!)).toBeLessThan(0.03);
    expect(apart(dx!, exact!)).toBeGreaterThan(1e-4);
    held.dispose();
  });
});

describe('what is read in 8 bits', () => {
  const signature = { state, inputs: {} };

  it('is the rounded matrix where it is not multiplied', async () => {
    const held = onnx.createState({ W });
    const f: Traceable = ({ W }) => ({ outputs: { y: tf.square(W!) } });
    const { y } = await (await onnx.compile('square', f, signature)).run(held, {});
    const { rows, scale } = quantized(W);
    Array.from(y!, (value, i) => expect(value).toBeCloseTo((rows[i]! * scale[Math.floor(i / C)]!) ** 2, 5));
    expect([...(await held.read(['W'])).W!]).toEqual([...W.data]);
    held.dispose();
  });

  it('is of its own state, though another has the same name', async () => {
    const read = await onnx.compile('read whole', ({ W }) => ({ outputs: { y: tf.mul(W!, 2) } }), signature);
    for (const factor of [1, -3, 1]) {
      const own = { shape: [R, C], data: W.data.map((w) => factor * w) };
      const held = onnx.createState({ W: own });
      const { rows, scale } = quantized(own);
      Array.from((await read.run(held, {})).y!, (value, i) =>
        expect(value).toBeCloseTo(2 * rows[i]! * scale[Math.floor(i / C)]!, 5),
      );
      held.dispose();
    }
  });

  it('is its own, though another lies in the same file of weights', async () => {
    const both = new Float32Array([...W.data, ...W.data.map((w) => -3 * w)]);
    const [A, B] = [0, 1].map((i) => ({ shape: [R, C], data: both.subarray(i * R * C, (i + 1) * R * C) }));
    const held = onnx.createState({ A: A!, B: B! });
    const f: Traceable = ({ A, B }) => ({ outputs: { a: tf.mul(A!, 2), b: tf.mul(B!, 2) } });
    const { a, b } = await (
      await onnx.compile('two', f, { state: { A: state.W, B: state.W }, inputs: {} })
    ).run(held, {});
    Array.from(b!, (value, i) => expect(value).toBeCloseTo(-3 * a![i]!, 4));
    held.dispose();
  });

  it.each(['cuda', 'webgpu'] as const)('is read in floats on %s', async (provider) => {
    let model = '';
    const create = vi.spyOn(ort.InferenceSession, 'create').mockImplementation(((bytes: Uint8Array) => {
      model = Buffer.from(bytes).toString('latin1');
      return Promise.resolve({ release: () => Promise.resolve() });
    }) as never);
    const elsewhere = createOnnxEngine({ provider });
    await elsewhere.compile('p', ({ W }) => ({ outputs: { y: tf.square(W!) } }), signature);
    create.mockRestore();
    expect(model).toContain('state:W');
    expect(model).not.toContain('state:W in rows');
  });

  it('is multiplied in floats where the product is another: x turned round, or scaled', () => {
    const opsOf = (f: Traceable, shape: readonly number[]): string[] =>
      record(f, { state, inputs: { x: { shape, dtype: 'float32' } } }, 'p').graph.nodes.map(({ op }) => op);
    const turned = opsOf(({ W }, { x }) => ({ outputs: { y: tf.matMul(x!, W!, true) } }), [R, N]);
    const attrs = { transposeA: false, transposeB: true, alpha: 0.5 };
    const scaled = opsOf(
      ({ W }, { x }) => ({ outputs: { y: runFused('ScaledMatMul', { a: x!, b: W! }, attrs)[0]! } }),
      [N, C],
    );
    for (const ops of [turned, scaled]) {
      expect(ops).toContain('Gemm');
      expect(ops).not.toContain('MatMulIntegerToFloat');
    }
    expect(opsOf(product(true), [N, C])).toContain('Max'); // a row of zeros has a step
  });

  it('is never updated', async () => {
    const f: Traceable = ({ W }) => ({ state: { W: tf.add(W!, 1) }, outputs: { y: tf.sum(W!) } });
    await expect(onnx.compile('update', f, signature)).rejects.toThrow('update updates W, which it reads in 8 bits');
    const plain = { state: { W: { shape: [R, C], dtype: 'float32' } }, inputs: {} } as const;
    const held = onnx.createState({ W });
    await (await onnx.compile('update', f, plain)).run(held, {});
    const read = await onnx.compile('read', ({ W }) => ({ outputs: { y: tf.sum(W!) } }), signature);
    await expect(read.run(held, {})).rejects.toThrow('W is not as it was given');
    held.dispose();
  });
});
