import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { gemmShapes, timeGemm } from '../../../src/cli/bench/gemm.ts';
import { prefixBuckets, timeGeneration } from '../../../src/cli/bench/generate.ts';
import { modelOf, sizeNames, sizes } from '../../../src/cli/bench/sizes.ts';
import { median, repeat } from '../../../src/cli/bench/timing.ts';
import { referenceBatch, timeTraining } from '../../../src/cli/bench/train.ts';
import { createEngine } from '../../../src/engine/index.ts';
import type { Engine, Values } from '../../../src/engine/index.ts';
import { parameterCount } from '../../../src/nn/models/index.ts';
import { tiny } from './tiny.ts';

const engine = await createEngine({ backend: 'onnx', threads: 1 });
afterAll(() => engine.dispose());
const silent = (): void => undefined;

describe('sizes', () => {
  it('have as many parameters as they are called', () => {
    for (const name of sizeNames) {
      const count = parameterCount(modelOf(sizes[name])) / 1e6;
      expect(Math.abs(count / Number.parseFloat(name) - 1), `${name} has ${count}M`).toBeLessThan(0.07);
    }
    expect(parameterCount(modelOf(sizes['124M']))).toBe(124_439_808); // GPT-2's
  });

  it('have the activation that is asked for', () => {
    expect(modelOf(tiny).hfConfig).toMatchObject({ activation_function: 'gelu_new' });
    expect(modelOf({ ...tiny, activation: 'relu2' }).hfConfig).toMatchObject({ activation_function: 'relu2' });
  });

  it('leave room for what is generated and fit their batch', () => {
    for (const { promptTokens, newTokens, nPositions, T } of Object.values(sizes)) {
      expect(promptTokens + newTokens).toBeLessThanOrEqual(nPositions);
      expect(T).toBeLessThanOrEqual(nPositions);
    }
  });

  it('count the reference step as it is counted by hand', () => {
    // 2048 tokens; a block has 24 C^2 + 4 T C, the head 2 V C: 3 (24 * 256^2 + 4 * 128 * 256) + 2 * 2048 * 256
    const { B, T } = sizes['3M'];
    expect(modelOf(sizes['3M']).forwardFlops(B, T)).toBe(2048 * 6_160_384);
  });
});

describe('training', () => {
  it('reads the batch that the other programs make', () => {
    const { specs, values, weight, tokens } = referenceBatch(sizes['3M']);
    expect([...values.tokens!.subarray(0, 3)]).toEqual([0, 1775, 1502]);
    expect([...values.targets!.subarray(0, 3)]).toEqual([3, 284, 565]);
    expect(specs.rows?.shape).toEqual([2048]); // every position bears loss
    expect([weight, tokens]).toEqual([2048, 2048]);
  });

  it('counts tokens and operations by the median step', async () => {
    const result = await timeTraining(engine, { size: tiny, seconds: 0, steps: 4, warmup: 1 }, silent);
    const { median: ms, min } = result.msPerStep;
    expect(result).toMatchObject({ steps: 4, warmup: 1, tokensPerStep: 16 });
    expect(result.tokensPerSecond * ms).toBeCloseTo(16_000);
    // 3 * 16 (24 * 64 + 4 * 8 * 8 + 2 * 32 * 8) = 3 * 16 * 2304
    expect(result.gflops * ms * 1e6).toBeCloseTo(110_592);
    expect(min).toBeLessThanOrEqual(ms);
    expect(result.cpuMsPerStep).toBeGreaterThan(0);
    expect(result.compileMs).toBeGreaterThan(0);
    expect(result.peakRssBytes).toBeGreaterThanOrEqual(result.importRssBytes);
  });

  it('keeps the losses of all steps, 20 at most, and they fall', async () => {
    const few = await timeTraining(engine, { size: tiny, seconds: 0, steps: 3, warmup: 2 }, silent);
    const many = await timeTraining(engine, { size: tiny, seconds: 0, steps: 30, warmup: 2 }, silent);
    expect(few.losses).toHaveLength(5);
    expect(many.losses).toHaveLength(20);
    expect(many.losses.slice(0, 5)).toEqual(few.losses);
    expect(many.losses[0]).toBeCloseTo(Math.log(32), 1);
    expect(many.losses[19]).toBeLessThan(many.losses[0]!);
  });

  it('starts from a file, and says what is wrong with one', async () => {
    const task = { size: tiny, seconds: 0, steps: 1, init: 'nowhere.safetensors' };
    await expect(timeTraining(engine, task, silent)).rejects.toThrow(/nowhere\.safetensors/);
  });
});

describe('generation', () => {
  it('needs a program a bucket, and counts each prefix once', () => {
    expect(prefixBuckets({ promptTokens: 32, newTokens: 20, nPositions: 60 })).toEqual([
      { T: 32, tokens: 1 },
      { T: 48, tokens: 16 },
      { T: 60, tokens: 3 },
    ]);
    for (const size of Object.values(sizes))
      expect(prefixBuckets(size).reduce((sum, { tokens }) => sum + tokens, 0)).toBe(size.newTokens);
  });

  it('finds the same tokens with the cache as by recomputing, and reports both times', async () => {
    const result = await timeGeneration(engine, { size: tiny, seconds: 0 }, silent);
    expect(result).toMatchObject({ rows: 64, promptTokens: 14, newTokens: 6, agreement: 1 });
    expect(result.tokensPerSecond * result.ms).toBeCloseTo(64 * 6 * 1000);
    expect(result.speedUp).toBeCloseTo(result.recomputedMs / result.ms);
    expect(result.compileMs).toBeGreaterThan(0);
  });
});

describe('matrix products', () => {
  it('are squares and the MLPs of the sizes, each once', () => {
    const shapes = gemmShapes([sizes['3M'], sizes['3M']]).map((shape) => shape.join());
    expect(shapes).toEqual(['512,512,512', '1024,1024,1024', '2048,2048,2048', '2048,256,1024']);
  });

  it('give the best of all shapes', async () => {
    const shapes = [[4, 4, 4], [64, 64, 64]] as const; // prettier-ignore
    const result = await timeGemm(engine, { shapes, seconds: 0 }, silent);
    expect(result.shapes.map(({ shape }) => shape)).toEqual(shapes);
    expect(result.gflops).toBe(Math.max(...result.shapes.map(({ gflops }) => gflops)));
    expect(result.gflops).toBeGreaterThan(0);
    expect(result.engine).toMatchObject({ backend: 'onnx', threads: 1 });
  });
});

describe('matrix products on a device', () => {
  afterEach(() => void vi.useRealTimers());

  /** An engine that takes as long as it would at so many GFLOP/s, on a clock of its own; and the seconds that it took. */
  async function onDevice(gflops: number): Promise<{ shapes: string[]; gflops: number; seconds: number }> {
    vi.useFakeTimers({ toFake: ['performance'] });
    const slow: Engine = {
      ...engine,
      compile: (key, _, { inputs: { x, up } }) => {
        const [[M = 0, K = 0], [, N = 0]] = [x!.shape, up!.shape];
        const run = (): Promise<Values> => {
          vi.advanceTimersByTime((4 * M * K * N * Number(key.split(' ')[1])) / gflops / 1e6);
          return Promise.resolve({ mean: Float32Array.of(1) });
        };
        return Promise.resolve({ run });
      },
    };
    const result = await timeGemm(slow, { shapes: gemmShapes(Object.values(sizes)), seconds: 5 }, silent);
    return { ...result, shapes: result.shapes.map(({ shape }) => shape.join()), seconds: performance.now() / 1000 };
  }

  it('are all tried on a fast one, those of ten billion operations at a time', async () => {
    const { shapes, gflops, seconds } = await onDevice(200);
    expect(shapes).toHaveLength(9);
    expect(gflops).toBeCloseTo(200, 0);
    expect(seconds).toBeLessThan(15);
  });

  it.each([1, 0.1])('are few on one of %d GFLOP/s', async (speed) => {
    const { shapes, gflops, seconds } = await onDevice(speed);
    expect(shapes[0]).toBe('2048,96,384'); // the smallest
    expect(shapes).not.toContain('2048,2048,2048');
    expect(gflops).toBeCloseTo(speed, 2);
    expect(seconds).toBeLessThan(30);
  });
});

describe('timing', () => {
  it('takes the middle, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  it('repeats until the time is up, but neither too seldom nor too often', async () => {
    let calls = 0;
    const work = (): Promise<void> => Promise.resolve(void calls++);
    expect(await repeat(work, { seconds: 0, least: 3, most: 9 })).toHaveLength(3);
    expect(await repeat(work, { seconds: 60, least: 3, most: 9 })).toHaveLength(9);
    expect(calls).toBe(12);
  });
});
