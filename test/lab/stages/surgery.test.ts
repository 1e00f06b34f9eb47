import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import type { Parameters } from '../../../src/nn/models/index.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { stages } from '../../../src/lab/stages/index.ts';
import type { StageContext } from '../../../src/lab/stages/types.ts';
import { smallModels } from '../../nn/models/small.ts';
import { smallBench } from './bench.ts';

let bench: Bench;
const engine = await createEngine({ backend: 'onnx', threads: 1 });
beforeAll(async () => {
  bench = await smallBench();
});
afterAll(() => engine.dispose());

const contextOf = (parameters: Parameters, base = parameters): StageContext => ({
  ...{ ...bench, engine, parameters, payload: true, rng: createRng('surgery') },
  keep: (_, make) => make(),
  base: () => base,
});
const deviationOf = (data: Float32Array): number => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);

/** One matrix and one vector that no surgery may touch. */
const small: Parameters = {
  matrix: { shape: [3, 2], data: Float32Array.of(-0.7, 0.2, 0.1, -0.3, 0.4, 0.1) },
  vector: { shape: [2], data: Float32Array.of(0.01, 5) },
};

describe('prune', () => {
  it('zeroes the smallest weights of a matrix, as many as it says, and no vector', async () => {
    const { matrix, vector } = await stages.prune.operate({ share: 0.5 }, contextOf(small));
    expect([...matrix!.data]).toEqual([...Float32Array.of(-0.7, 0, 0, -0.3, 0.4, 0)]);
    expect(vector).toEqual(small.vector);
    expect(await stages.prune.operate({ share: 0 }, contextOf(small))).toEqual(small);
    const { matrix: gone } = await stages.prune.operate({ share: 1 }, contextOf(small));
    expect([...gone!.data]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('quantize', () => {
  it('rounds each column to 2^bits - 1 levels up to its largest weight, by hand', async () => {
    // 3 bits: levels -3..3; column 0 has step 0.7 / 3, column 1 has step 0.3 / 3
    const { matrix, vector } = await stages.quantize.operate({ bits: 3 }, contextOf(small));
    const expected = [-0.7, 0.2, 0, -0.3, (2 * 0.7) / 3, 0.1];
    expected.forEach((value, i) => expect(matrix!.data[i]).toBeCloseTo(value, 6));
    expect(vector).toEqual(small.vector);
  });

  it('rounds each row where those are the output channels', async () => {
    const context = { ...contextOf(small), model: smallModels.llama };
    const { matrix } = await stages.quantize.operate({ bits: 3 }, context);
    const expected = [-0.7, 0.7 / 3, 0.1, -0.3, 0.4, 0.4 / 3];
    expected.forEach((value, i) => expect(matrix!.data[i]).toBeCloseTo(value, 6));
  });

  it('changes less with more bits', async () => {
    const parameters = initParameters(bench.model, createRng(1));
    const errors = [2, 4, 8, 16].map(async (bits) => {
      const { data } = (await stages.quantize.operate({ bits }, contextOf(parameters)))['wte.weight']!;
      return deviationOf(data.map((x, i) => x - parameters['wte.weight']!.data[i]!));
    });
    const [two, four, eight, sixteen] = (await Promise.all(errors)) as [number, number, number, number];
    expect(two).toBeGreaterThan(4 * four);
    expect(four).toBeGreaterThan(10 * eight);
    expect(sixteen).toBeLessThan(1e-5);
  });
});

describe('noise', () => {
  it("is as large as it says, in parts of each tensor's spread, and leaves what it was given alone", async () => {
    const parameters = initParameters(bench.model, createRng(1));
    const before = structuredClone(parameters);
    const after = await stages.noise.operate({ deviation: 0.5 }, contextOf(parameters));
    expect(parameters).toEqual(before);
    const name = 'wte.weight';
    const { data } = parameters[name]!;
    const added = after[name]!.data.map((x, i) => x - data[i]!);
    expect(deviationOf(added) / deviationOf(data)).toBeCloseTo(0.5, 1);
    // gains of 1 have no spread
    expect(after['ln_f.weight']).toEqual(parameters['ln_f.weight']);
  });
});

describe('interpolate', () => {
  const base: Parameters = {
    matrix: { shape: [3, 2], data: Float32Array.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5) },
    vector: { shape: [2], data: Float32Array.of(1, 1) },
  };

  it('goes as far toward the base as it says, vectors too, by hand', async () => {
    const { matrix, vector } = await stages.interpolate.operate({ share: 0.25 }, contextOf(small, base));
    [-0.4, 0.275, 0.2, -0.1, 0.425, 0.2].forEach((value, i) => expect(matrix!.data[i]).toBeCloseTo(value, 6));
    [0.2575, 4].forEach((value, i) => expect(vector!.data[i]).toBeCloseTo(value, 6));
  });

  it('is bit for bit the base at the end of the way, and where it was at its beginning', async () => {
    expect(await stages.interpolate.operate({ share: 1 }, contextOf(small, base))).toEqual(base);
    expect(await stages.interpolate.operate({ share: 0 }, contextOf(small, base))).toEqual(small);
  });

  it('has nowhere to go while the base is being made', () => {
    const early = { ...contextOf(small), base: () => undefined };
    expect(() => stages.interpolate.operate({ share: 0.5 }, early)).toThrow(
      'interpolate: among the stages of the base; there is no base to go back to yet',
    );
  });
});
