import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { downloadRepo } from '../../../src/bridges/hub/index.ts';
import type { Downloaded, DownloadOptions } from '../../../src/bridges/hub/types.ts';
import { UserError } from '../../../src/lib/errors.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { startHub } from './hub-server.ts';
import type { HubOptions, HubServer } from './hub-server.ts';

const rng = createRng(1);
export const weights = Uint8Array.from({ length: 400_000 }, () => rng.int(256));
export const FILES: HubOptions['files'] = {
  '.gitattributes': '*.safetensors filter=lfs',
  'README.md': '# Tiny',
  'config.json': '{"model_type":"gpt2"}',
  'model.safetensors': weights,
  'modeling_tiny.py': 'import os',
  'pytorch_model.bin': 'pickle',
  'tokenizer.json': '{}',
  'tokenizer_config.json': '{}',
  'onnx/model.onnx': 'x',
};
export const WANTED = ['README.md', 'config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];

export let home: string;
let servers: HubServer[] = [];
export let waited: number[] = [];
/** A home of its own for every test of the file that calls this; its servers are closed after each. */
export function useHub(): void {
  beforeEach(() => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-hub-'));
    waited = [];
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
    servers = [];
    fs.rmSync(home, { recursive: true });
  });
}

export async function start(options: Partial<HubOptions> = {}): Promise<HubServer> {
  const server = await startHub({ files: FILES, ...options });
  servers.push(server);
  return server;
}

export const download = (
  server: Pick<HubServer, 'url'> | undefined,
  options: Partial<DownloadOptions> = {},
): Promise<Downloaded> =>
  downloadRepo({
    ...{ repo: 'owner/tiny', type: 'model', signal: new AbortController().signal },
    clock: {
      now: () => performance.now(),
      sleep: (ms, signal) => (waited.push(ms), signal.throwIfAborted(), Promise.resolve()),
    },
    ...options,
    env: { HF_ENDPOINT: server?.url, HOME: home, ...options.env },
  });
export const complaint = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => 'nothing was wrong',
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw error;
  expect(error.message).not.toMatch(/[\n\x1b]/);
  return error.message;
};
export const read = (dir: string, name: string): Buffer => fs.readFileSync(path.join(dir, name));
export const partials = (dir: string): string[] => fs.readdirSync(dir).filter((name) => name.includes('.download-'));
