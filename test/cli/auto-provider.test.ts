import { describe, expect, it } from 'vitest';
import fs from 'node:fs';
import path from 'node:path';
import os from 'node:os';
import { triedEngine, withProvider } from '../../src/cli/auto-provider.ts';
import type { ExperimentOptions } from '../../src/cli/options.ts';
import type { Trial } from '../../src/engine/index.ts';
import { tinyFile } from '../tiny.ts';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'auto-'));
const file = (name: string, engine: object): string => {
  const at = path.join(dir, name);
  fs.writeFileSync(at, tinyFile({ engine }));
  return at;
};
const plain = file('plain.yaml', { threads: 1 });

/** What was chosen, and on how many threads a trial was made, if one was. */
async function chosen(
  options: ExperimentOptions,
  { steps = 1000, recorded, of = plain, found }: { steps?: number; recorded?: 'cpu' | 'webgpu'; of?: string; found?: Trial } = {}, // prettier-ignore
): Promise<{ provider?: string; reason?: string; tried: unknown[] }> {
  const tried: unknown[] = [];
  const trial = (threads: number | undefined): Promise<Trial> => {
    tried.push(threads);
    return Promise.resolve(found ?? { provider: 'webgpu', reason: '3 ms here, 9 ms there' });
  };
  const { options: next, ...more } = await withProvider(of, options, { steps, recorded }, trial);
  return { ...(next.provider && { provider: next.provider }), ...more, tried };
}

describe('what `--backend auto` stands for', () => {
  it('is what the trial finds faster, and says so', async () => {
    const reason = 'auto took the provider webgpu: 3 ms here, 9 ms there';
    expect(await chosen({})).toEqual({ provider: 'webgpu', reason, tried: [undefined] });
    expect(await chosen({ backend: 'auto', threads: 3 })).toEqual({ provider: 'webgpu', reason, tried: [3] });
    const slower: Trial = { provider: 'cpu', reason: '9 ms' };
    expect(await chosen({}, { found: slower })).toEqual({
      reason: 'auto took the provider cpu: 9 ms',
      tried: [undefined],
    });
    expect(await chosen({}, { found: { provider: 'cpu' } })).toEqual({ tried: [undefined] });
  });

  it('is what the run in the folder was begun with, without a trial', async () => {
    expect(await chosen({}, { recorded: 'webgpu' })).toEqual({ provider: 'webgpu', tried: [] });
    expect(await chosen({}, { recorded: 'cpu' })).toEqual({ tried: [] });
    expect(await chosen({ quick: true }, { recorded: 'webgpu' })).toEqual({ provider: 'webgpu', tried: [] });
  });

  it('is the CPU for what is over before a trial pays', async () => {
    expect(await chosen({ quick: true })).toEqual({ tried: [] });
    expect(await chosen({}, { steps: 99 })).toEqual({ tried: [] });
    expect((await chosen({}, { steps: 100 })).tried).toEqual([undefined]);
  });

  it('leaves alone what the command line or the file names', async () => {
    expect(await chosen({ provider: 'cpu' }, { recorded: 'webgpu' })).toEqual({ provider: 'cpu', tried: [] });
    for (const options of [
      { backend: 'onnx' },
      { set: ['engine.provider=cpu'] },
      { set: ['engine.backend=cpu'] },
      { set: ['engine={backend: cpu}'] },
    ] as const)
      expect(await chosen(options)).toEqual({ tried: [] });
    expect(await chosen({}, { of: file('named.yaml', { provider: 'cpu' }) })).toEqual({ tried: [] });
    expect(await chosen({}, { of: file('backend.yaml', { backend: 'cpu' }) })).toEqual({ tried: [] });
    expect((await chosen({ set: ['engine.threads=2'] })).tried).toEqual([undefined]);
  });
});

it('without an experiment it is what the trial finds faster, unless an engine is named', async () => {
  const tried: unknown[] = [];
  const trial = (threads: number | undefined): Promise<Trial> => {
    tried.push(threads);
    return Promise.resolve({ provider: 'webgpu' });
  };
  expect(await triedEngine({ threads: 3 }, trial)).toEqual({ threads: 3, provider: 'webgpu' });
  expect(await triedEngine({ backend: 'auto' }, trial)).toEqual({ backend: 'auto', provider: 'webgpu' });
  expect(await triedEngine({ backend: 'onnx' }, trial)).toEqual({ backend: 'onnx' });
  expect(await triedEngine({ provider: 'cpu' }, trial)).toEqual({ provider: 'cpu' });
  expect(tried).toEqual([3, undefined]);
});
