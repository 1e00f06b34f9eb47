import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { built } from '../dist.ts';

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-home-'));
afterAll(() => fs.rmSync(home, { recursive: true }));

/**
 * Opens a session where there is nothing yet, and says what then lies in the user's folder. The child is given no other
 * variables: onnxruntime keeps no record either where it finds a build server's (CI, GITHUB_ACTIONS, ...).
 */
function leftBy(module: string): string[] {
  const code = `import { InferenceSession } from '${module}'; await InferenceSession.create(new Uint8Array(1)).catch(() => {});`;
  const env = { PATH: process.env['PATH'], HOME: home };
  spawnSync(process.execPath, ['--input-type=module', '-e', code], { env, stdio: 'ignore' });
  return fs.readdirSync(home, { recursive: true, encoding: 'utf8' });
}

it('onnxruntime keeps no record of its use', () => {
  expect(leftBy(pathToFileURL(built('engine/onnxruntime.ts')).href)).toEqual([]);
});

// without this, the test above would pass of itself
it.runIf(process.platform === 'linux')('as it does where nobody asks it not to', () => {
  expect(leftBy('onnxruntime-node').join()).toMatch(/onnxruntime\.db/);
});
