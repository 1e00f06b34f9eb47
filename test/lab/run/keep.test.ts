import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { keepIn } from '../../../src/lab/run/keep.ts';

it('keeps what was computed, and refuses it where it is another', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'keep-'));
  onTestFinished(() => fs.rmSync(dir, { recursive: true }));
  const keep = keepIn(dir, { progress: () => {}, signal: new AbortController().signal });
  const of = (value: number) => async () => ({ x: { shape: [1], data: Float32Array.of(value) } });
  expect((await keep('a', of(1))).x?.data[0]).toBe(1);
  expect((await keep('a', of(2))).x?.data[0]).toBe(1);
  expect((await keep('b', of(2))).x?.data[0]).toBe(2);
  for (const folder of fs.readdirSync(dir)) {
    const file = path.join(dir, folder, 'tensors.safetensors');
    const bytes = fs.readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    fs.writeFileSync(file, bytes);
  }
  await expect(keep('a', of(1))).rejects.toThrow('tensors.safetensors is damaged');
});
