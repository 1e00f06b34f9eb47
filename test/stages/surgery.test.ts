import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { initParameters } from '../../src/models/index.ts';
import type { Parameters } from '../../src/models/index.ts';
import type { Bench } from '../../src/run/prepare.ts';
import { stages } from '../../src/stages/index.ts';
import type { StageContext } from '../../src/stages/index.ts';
import { smallBench } from './bench.ts';

let bench: Bench;
const engine = await createEngine({ backend: 'onnx', threads: 1 });
beforeAll(async () => {
  bench = await smallBench();
});
afterAll(() => engine.dispose());

const contextOf = (parameters: Parameters): StageContext => ({
  ...{ ...bench, engine, parameters, payload: true, rng: createRng('surgery') },
  keep: (_, make) => make(),
});
const deviationOf = (data: Float32Array): number => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);

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
