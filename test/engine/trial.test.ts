import { beforeEach, expect, it, vi } from 'vitest';
import type { DeviceReport } from '../../src/engine/probe.ts';
import { fasterProvider } from '../../src/engine/trial.ts';

const finding = (report: DeviceReport) => vi.fn(() => Promise.resolve(report));

/** Two steps that compile, and five that count, of 50, 40, 60, 70 and 80 ms. */
const TIMES = [0, 1, 1000, 1050, 2000, 2040, 3000, 3060, 4000, 4070, 5000, 5080];
let reads = 0;
const clock = (): number => TIMES[reads++]!;
beforeEach(() => void (reads = 0));

it.each([
  [39, { provider: 'webgpu', reason: 'a small training step took 40.0 ms on the CPU, 39.0 ms on webgpu' }],
  [41, { provider: 'cpu', reason: 'a small training step took 40.0 ms on the CPU, 41.0 ms on webgpu' }],
  [Infinity, { provider: 'cpu', reason: 'a small training step took 40.0 ms on the CPU, not one in time on webgpu' }],
])('the faster one is taken: %d ms on the device', async (msPerStep, found) => {
  const probe = finding({ usable: true, msPerStep });
  expect(await fasterProvider(clock, 1, probe)).toEqual(found);
  expect(probe.mock.calls).toEqual([[true]]);
});

it('without a device nothing is timed', async () => {
  expect(await fasterProvider(clock, 1, finding({ usable: false, reason: 'none' }))).toEqual({ provider: 'cpu' });
  expect(reads).toBe(0);
});
