import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { probeDevice } from '../../src/engine/probe.ts';
import type { Compared, Held } from './webgpu-programs.ts';

/** Debian's `chromium` brings a Vulkan device in software, and a loader. */
const CHROMIUM = '/usr/lib/chromium';
const ICD = path.join(CHROMIUM, 'vk_swiftshader_icd.json');
const PROGRAMS = fileURLToPath(new URL('webgpu-programs.ts', import.meta.url));

/** The environment in which a device answers; without one, why not. */
async function deviceEnvironment(): Promise<NodeJS.ProcessEnv | string> {
  const { usable, reason } = await probeDevice();
  if (usable) return process.env;
  if (fs.existsSync(ICD))
    return { ...process.env, VK_ICD_FILENAMES: ICD, LD_LIBRARY_PATH: CHROMIUM, XDG_RUNTIME_DIR: os.tmpdir() };
  return `no device answers (${reason}), and Debian's chromium, whose SwiftShader would do, is not installed`;
}

const environment = await deviceEnvironment();
const why = typeof environment === 'string' ? `; skipped: ${environment}` : '';

describe.skipIf(why !== '')(`--provider webgpu computes what the CPU does${why}`, () => {
  it('losses of 20 steps, three architectures, four optimizers, and replies, with no kernel on the CPU', async () => {
    const options = { env: environment as NodeJS.ProcessEnv, maxBuffer: 2 ** 24 };
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', PROGRAMS], options);
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line) as Compared | Held); // prettier-ignore
    const compared = lines.filter((line): line is Compared => line.name !== 'memory');
    expect(compared.map(({ name }) => name)).toEqual(
      ['gpt2', 'llama', 'gpt-neox'].flatMap((model) =>
        ['replies', 'adamw', 'sgd', 'lion', 'muon'].map((what) => `${model} ${what}`),
      ),
    );
    for (const { name, cpu, device, places } of compared) {
      expect(device, name).toHaveLength(cpu.length);
      const apart = Math.max(...cpu.map((value, i) => Math.abs(value - device[i]!)));
      expect(apart, name).toBeLessThan(1e-4);
      expect(places.cpu, name).toEqual({});
      expect(places.device, name).toBeGreaterThan(100);
      if (!name.endsWith('replies')) {
        expect(cpu).toHaveLength(20);
        expect(cpu[0]! - cpu.at(-1)!, `${name} learns`).toBeGreaterThan(0.1); // else any update would do
      }
    }
    const { rss } = lines.find((line): line is Held => line.name === 'memory')!;
    expect(Math.max(...rss) - rss[1]!).toBeLessThan(20 * 2 ** 20); // 160 steps make 160 MiB
  });
});
