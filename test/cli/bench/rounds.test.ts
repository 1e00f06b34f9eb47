import { expect, it } from 'vitest';
import { KIT, summarize } from '../../../scripts/bench/rounds.ts';
import type { Report } from '../../../scripts/bench/rounds.ts';

const MIB = 2 ** 20;
const report = (median: number, cpuMsPerStep: number, losses: number[], more: Partial<Report> = {}): Report => ({
  ...{ msPerStep: { median, min: median - 1 }, cpuMsPerStep, losses, peakRssBytes: median * MIB },
  ...more,
});
const torch = { runtime: 'torch', version: '2.15', attention: { kind: 'sdpa' }, importRssBytes: MIB };
/** The second round is slow for both. */
const PLAYED = [
  { peak: 100, reports: { [KIT]: report(10, 18, [3, 2, 1]), torch: report(15, 27, [3, 2.25], torch) } },
  { peak: 50, reports: { [KIT]: report(40, 70, [3, 2, 1]), torch: report(50, 140, [3, 2.125], torch) } },
  { peak: 100, reports: { [KIT]: report(20, 40, [3, 2, 1]), torch: report(40, 50, [3, 2], torch) } },
];

it('a program is compared with ours within each round', () => {
  expect(summarize('torch', PLAYED, 1e9)).toEqual({
    program: 'torch',
    runtime: 'torch 2.15 sdpa',
    msPerStep: { median: 40, min: 14 },
    ratio: { median: 1.5, min: 1.25, max: 2 },
    cpuMsPerStep: 50,
    cpuRatio: { median: 1.5, min: 1.25, max: 2 },
    peakShare: { median: 0.4, min: 0.25, max: expect.closeTo(2 / 3, 12) }, // 66.7 of 100, 20 of 50, 25 of 100 GFLOP/s
    lossDifference: 0.25,
    comparedSteps: 2,
    peakRssBytes: 40 * MIB,
    importRssBytes: MIB,
  });
  expect(summarize(KIT, PLAYED, 1e9)).toMatchObject({
    ratio: { median: 1, min: 1, max: 1 },
    peakShare: { median: 0.5, min: 0.5, max: 1 },
    lossDifference: 0,
  });
});

it('losses that cannot be compared are not the same', () => {
  const { [KIT]: ours } = PLAYED[0]!.reports;
  for (const losses of [[], [NaN]])
    expect(summarize('torch', [{ peak: 1, reports: { [KIT]: ours!, torch: report(1, 1, losses) } }], 1).lossDifference).toBeNaN(); // prettier-ignore
});
