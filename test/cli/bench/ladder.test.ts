import { describe, expect, it } from 'vitest';
import { expectedSeconds, runBench } from '../../../src/cli/bench/ladder.ts';
import type { BenchOptions } from '../../../src/cli/bench/ladder.ts';
import type { Measure } from '../../../src/cli/bench/run-child.ts';
import type { Measured, Tasks } from '../../../src/cli/bench/types.ts';
import { neededBytes } from '../../../src/cli/bench/memory.ts';
import { sizeNames, sizes } from '../../../src/cli/bench/sizes.ts';
import { Interrupted } from '../../../src/lab/run/progress.ts';
import { UserError } from '../../../src/lib/errors.ts';
import { generated, product, trained } from './results.ts';

const GIB = 2 ** 30;
const everything: BenchOptions = { seconds: 1, generation: true, engine: { threads: 2 }, availableBytes: 64 * GIB };
const silent = (): void => undefined;

/** Answers at once; keeps what it was asked. */
function fake(answers: Partial<{ [K in keyof Measured]: () => Measured[K] }> = {}): {
  measure: Measure;
  asked: string[];
} {
  const asked: string[] = [];
  const all = { gemm: () => product, train: () => trained, generate: () => generated, ...answers };
  const measure: Measure = (kind, task) => {
    const name = sizeNames.find((each) => 'size' in task && sizes[each] === task.size);
    asked.push(`${kind} ${name ?? ''}`.trim());
    return Promise.resolve((all[kind] as () => Measured[typeof kind])());
  };
  return { measure, asked };
}

describe('the ladder', () => {
  it('measures products once, then every size, smallest first', async () => {
    const { measure, asked } = fake();
    const { sizes: results, stopped, gemm } = await runBench(everything, measure, silent);
    expect(asked).toEqual(['gemm', ...sizeNames.flatMap((name) => [`train ${name}`, `generate ${name}`])]);
    expect(results.map(({ size }) => size)).toEqual(sizeNames);
    expect(stopped).toBeUndefined();
    expect(gemm).toEqual(product);
  });

  it('measures what it was asked for, in its own order', async () => {
    const { measure, asked } = fake();
    await runBench({ ...everything, sizes: ['3M', '0.4M'], generation: false }, measure, silent);
    expect(asked).toEqual(['gemm', 'train 0.4M', 'train 3M']);
  });

  it('reports in numbers, without what was not measured', async () => {
    const results = await runBench({ ...everything, sizes: ['1M'], generation: false }, fake().measure, silent);
    expect(Object.keys(results)).toEqual(['machine', 'gemm', 'sizes']);
    expect(results.sizes).toEqual([
      { size: '1M', parameters: trained.parameters, training: { ...trained, gemmShare: 100 / 400 } },
    ]);
    const kinds = Object.fromEntries(Object.entries(results.machine).map(([key, value]) => [key, typeof value]));
    expect(kinds).toEqual({
      cpu: 'string',
      cores: 'number',
      memoryBytes: 'number',
      platform: 'string',
      node: 'string',
    });
    expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  });

  it('counts kernels on another provider than the CPU, at the smallest size asked for', async () => {
    const seen: unknown[] = [];
    const { measure } = fake();
    const watching: Measure = (kind, task, { events }, note) => {
      if (events !== undefined) seen.push([kind, 'size' in task && task.size, task.seconds]);
      return measure(kind, task, {}, note);
    };
    const engine = { provider: 'webgpu' } as const;
    const results = await runBench({ ...everything, sizes: ['3M', '1M'], engine }, watching, silent);
    const size = { ...sizes['1M'], newTokens: 2 };
    expect(seen).toEqual(['train', 'generate'].map((kind) => [kind, size, 0]));
    expect(results.places).toEqual({ device: 0, cpu: {} }); // nothing ran here
  });

  it('says which size it is at', async () => {
    const notes: string[] = [];
    const measure: Measure = (kind, task, engine, note) => {
      note('compiling');
      return fake().measure(kind, task, engine, note);
    };
    await runBench({ ...everything, sizes: ['1M'] }, measure, (text) => notes.push(text));
    expect(notes).toEqual(['compiling', '1M  training: compiling', '1M  generation: compiling']);
  });
});

describe('a ladder that is stopped', () => {
  /** Aborts while `name` is trained. */
  const stoppedAt = (name: keyof typeof sizes) => {
    const controller = new AbortController();
    const { measure } = fake();
    const started: unknown[] = [];
    const start: Measure = (kind, task, engine, note, signal) => {
      started.push(signal);
      if (kind !== 'train' || !('size' in task) || task.size !== sizes[name]) return measure(kind, task, engine, note);
      controller.abort();
      return Promise.reject(new Error('its process was killed'));
    };
    const seen: string[] = [];
    const onSize: BenchOptions['onSize'] = ({ size, training }) => seen.push(`${size} ${training.gemmShare}`);
    const { signal } = controller;
    return { ran: runBench({ ...everything, signal, onSize }, start, silent), seen, started, signal };
  };

  it('has told of every size that was measured, and ends with them', async () => {
    const { ran, seen, started, signal } = stoppedAt('3M');
    const { sizes: results, stopped } = await ran;
    expect(seen).toEqual(['0.4M 0.25', '1M 0.25']);
    expect(results.map(({ size }) => size)).toEqual(['0.4M', '1M']);
    expect(stopped).toEqual({ size: '3M', reason: 'interrupted' });
    expect(started).toEqual(Array(6).fill(signal)); // so that it can end what is being measured
  });

  it('is interrupted where nothing was measured', async () => {
    await expect(stoppedAt('0.4M').ran).rejects.toThrow(new Interrupted('interrupted'));
  });
});

describe('what does not fit', () => {
  it('ends the ladder', async () => {
    const availableBytes = neededBytes(sizes['10M']);
    const { sizes: results, stopped } = await runBench({ ...everything, availableBytes }, fake().measure, silent);
    expect(results.map(({ size }) => size)).toEqual(['0.4M', '1M', '3M', '10M']);
    expect(stopped?.size).toBe('30M');
    expect(stopped?.reason).toMatch(/^it needs about \d\.\d GiB of memory, \d\.\d GiB are free$/);
  });

  it('is refused where it was asked for, before anything is measured', async () => {
    const { measure, asked } = fake();
    const options: BenchOptions = { ...everything, sizes: ['1M', '124M'], availableBytes: GIB };
    const refused = runBench(options, measure, silent);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(
      /^too large for the free memory: 124M needs about \d\.\d GiB, 1\.0 GiB are free; 0\.4M, 1M/,
    );
    expect(asked).toEqual([]);
  });

  it('grows with the size: weights and moments of GPT-2 alone are 3 GB', () => {
    const bytes = sizeNames.map((name) => neededBytes(sizes[name]));
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
    expect(bytes.at(-1)).toBeGreaterThan(6 * 4 * 124e6);
  });
});

describe('what takes too long', () => {
  const slow = { ...trained, gflops: 1 };

  it('ends the ladder, and can be asked for', async () => {
    const { measure } = fake({ train: () => slow });
    const { sizes: results, stopped } = await runBench(everything, measure, silent);
    expect(results.length).toBeGreaterThan(0);
    expect(stopped?.reason).toMatch(/^it would take about \d+ minutes; ask for it with --sizes$/);
    const name = stopped!.size;
    const asked = await runBench({ ...everything, sizes: ['0.4M', name] }, measure, silent);
    expect(asked.sizes.map(({ size }) => size)).toEqual(['0.4M', name]);
  });

  it('is reckoned from the speed: five steps of the reference, 37.9e9 operations each', () => {
    const seconds = expectedSeconds(sizes['3M'], { seconds: 0, generation: false }, 10);
    expect(seconds).toBeCloseTo((5 * 3 * 2048 * 6_160_384) / 10e9 + 0.293, 1);
    const both = expectedSeconds(sizes['3M'], { seconds: 0, generation: true }, 10);
    expect(both).toBeGreaterThan(seconds);
    expect(expectedSeconds(sizes['3M'], { seconds: 600, generation: false }, 10)).toBeGreaterThan(600);
  });
});

describe('a measurement that fails', () => {
  const failAt = (kind: keyof Tasks, name: keyof typeof sizes): Measure => {
    const { measure } = fake();
    return (asked, task, engine, note) =>
      asked === kind && 'size' in task && task.size === sizes[name]
        ? Promise.reject(new Error('killed'))
        : measure(asked, task, engine, note);
  };

  it('leaves what was measured before it', async () => {
    const { sizes: results, stopped } = await runBench(everything, failAt('train', '3M'), silent);
    expect(results.map(({ size }) => size)).toEqual(['0.4M', '1M']);
    expect(stopped).toEqual({ size: '3M', reason: 'killed' });
  });

  it('is the error where nothing was', async () => {
    await expect(runBench(everything, failAt('train', '0.4M'), silent)).rejects.toThrow('killed');
  });
});
