import { describe, expect, it } from 'vitest';
import type { BenchResults } from '../../../src/cli/bench/types.ts';
import { command, renderFacts, tableOf } from '../../../src/cli/bench.ts';
import { generated, product, trained } from './results.ts';

const measured = { parameters: 936_704, training: { ...trained, gemmShare: 0.25 } };
const results: BenchResults = {
  machine: { cpu: 'a CPU', cores: 2, memoryBytes: 8 * 2 ** 30, platform: 'linux x64', node: 'v20.19.0' },
  gemm: product,
  sizes: [
    { size: '1M', ...measured, generation: generated },
    { size: '3M', ...measured, training: { ...measured.training, msPerStep: { median: 12.34, min: 12 } } },
  ],
  stopped: { size: '10M', reason: 'it needs too much' },
};

describe('the table', () => {
  it('has a row a size, and says what it was measured on', () => {
    const rowOf = tableOf(true);
    expect(results.sizes.flatMap((size) => rowOf(size).split('\n'))).toEqual([
      'size  weights  ms/step   tokens/s  GFLOP/s  of peak     memory  compile  generated/s  x faster',
      '  1M     937k      200     10,240      100     25 %    500 MiB    0.4 s        6,144      25.0',
      '  3M     937k     12.3     10,240      100     25 %    500 MiB    0.4 s',
    ]);
    expect(renderFacts(results).split('\n')).toEqual([
      'peak     400 GFLOP/s (matrix product 1024 x 1024 x 1024)',
      'engine   an engine',
      'machine  a CPU, 2 cores, 8.00 GiB, linux x64, Node v20.19.0',
      'stopped  before 10M: it needs too much',
    ]);
  });

  it('says where the kernels ran, where that is not the CPU', () => {
    const places = { device: 900, cpu: { Sin: 4 } };
    expect(renderFacts({ ...results, places })).toContain(
      '\nkernels  900 kernels there, 4 on the CPU (4 Sin)\nmachine',
    );
    expect(renderFacts(results)).not.toContain('kernels');
  });

  it('has no columns for what was not measured', () => {
    const [head] = tableOf(false)(results.sizes[1]!).split('\n');
    expect(head).toMatch(/compile$/);
  });

  it('has rows as wide as the first, whatever they say', () => {
    const large = { ...trained, tokensPerSecond: 999_999, gflops: 9999, gemmShare: 1, peakRssBytes: 9.99 * 2 ** 30 };
    const rowOf = tableOf(true);
    const widths = [results.sizes[0]!, { size: '124M' as const, parameters: 124_439_808, training: large, generation: { ...generated, peakRssBytes: 12 * 2 ** 30 } }]; // prettier-ignore
    const [head, ...rows] = widths.flatMap((size) => rowOf(size).split('\n'));
    expect(rows.map((row) => row.length)).toEqual([head!.length, head!.length]);
  });

  it('points at tokens that differ from the full forward pass', () => {
    const differing = { ...generated, agreement: 0.875 };
    const facts = renderFacts({ ...results, sizes: [{ size: '1M', ...measured, generation: differing }] });
    expect(facts).toContain('12.5 % of the tokens compared at 1M differ from the full forward pass');
    expect(renderFacts(results)).not.toContain('differ');
  });
});

describe('the command', () => {
  it('says what auto and 0 seconds stand for', () => {
    const help = command().helpInformation().replaceAll(/\s+/g, ' ');
    expect(help).toContain('what computes (auto: onnx, on a GPU where a short trial finds that faster)');
    expect(help).toContain('how long each measurement goes on; 0: as few runs as say anything');
  });

  const parse = (...args: string[]): Promise<unknown> =>
    command()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .parseAsync(args, { from: 'user' });

  it('refuses what is no size, no number and no time', async () => {
    await expect(parse('--sizes', '1M,7M')).rejects.toThrow(/no size is called 7M; there are 0\.4M, 1M, 3M/);
    await expect(parse('--sizes', '')).rejects.toThrow(/give some of 0\.4M, 1M, 3M/);
    await expect(parse('--threads', '0')).rejects.toThrow(/whole number/);
    await expect(parse('--seconds', 'long')).rejects.toThrow(/number/);
  });
});
