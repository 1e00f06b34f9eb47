import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/preinstall.mjs', import.meta.url));
let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-preinstall-'));
  fs.mkdirSync(path.join(folder, 'node_modules/dormouse/scripts'), { recursive: true });
  fs.copyFileSync(script, path.join(folder, 'node_modules/dormouse/scripts/preinstall.mjs'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));
const preinstall = (): string =>
  execFileSync('node', ['scripts/preinstall.mjs'], {
    cwd: path.join(folder, 'node_modules/dormouse'),
    encoding: 'utf8',
    stdio: 'pipe',
  });

it.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'stands in for the CUDA libraries that onnxruntime-node would fetch, and leaves real ones alone',
  () => {
    const runtime = path.join(folder, 'node_modules/onnxruntime-node');
    const bin = path.join(runtime, 'bin/napi-v6/linux/x64');
    fs.mkdirSync(bin, { recursive: true });
    fs.writeFileSync(path.join(runtime, 'package.json'), '{}');
    fs.writeFileSync(path.join(bin, 'libonnxruntime_providers_cuda.so'), 'real');
    preinstall();
    const sizes = fs.readdirSync(bin).map((name) => [name, fs.statSync(path.join(bin, name)).size]);
    expect(Object.fromEntries(sizes)).toEqual({
      'libonnxruntime_providers_cuda.so': 4,
      'libonnxruntime_providers_shared.so': 0,
      'libonnxruntime_providers_tensorrt.so': 0,
    });
  },
);

it('never fails an installation', () => {
  expect(preinstall()).toBe('');
});

/** The libraries that onnxruntime-node's script looks for are those that we stand in for. */
it.runIf(process.platform === 'linux' && process.arch === 'x64')('knows the libraries by their names', () => {
  const metadata = fs.readFileSync(
    new URL('../../node_modules/onnxruntime-node/script/install-metadata.js', import.meta.url),
    'utf8',
  );
  const named = [...metadata.matchAll(/'\.\/(libonnxruntime_providers_\w+\.so)'/g)].map(([, name]) => name);
  expect(named.sort()).toEqual(['cuda', 'shared', 'tensorrt'].map((name) => `libonnxruntime_providers_${name}.so`));
});
