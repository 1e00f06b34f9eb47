import fs from 'node:fs';
import path from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { importedDatasetName } from '../../src/archive/import-dataset.ts';
import { dormouse, scratch } from '../cli/command.ts';
import { COMMIT, startHub } from '../bridges/hub/hub-server.ts';
import type { HubServer } from '../bridges/hub/hub-server.ts';

const parquet = (from: number, to: number): Uint8Array => {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  const columnData = [
    { name: 'prompt', data: numbers.map((i) => `Question ${i}?`), type: 'STRING' as const },
    { name: 'completion', data: numbers.map((i) => `Answer ${i}.`), type: 'STRING' as const },
  ];
  return new Uint8Array(parquetWriteBuffer({ columnData }));
};

let hub: HubServer;
let out = '';
const serve = async (files: Readonly<Record<string, Uint8Array | string>>): Promise<void> => {
  hub = await startHub({ files, repo: 'owner/Chats', type: 'dataset' });
  vi.stubEnv('HF_ENDPOINT', hub.url);
};
beforeEach(() => {
  out = path.join(scratch(), 'chats');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

it('a dataset comes in by its name, shards and all, and is read at once', async () => {
  await serve({
    'README.md': '---\nlicense: mit\n---\n',
    'data/train-00000-of-00002.parquet': parquet(0, 30),
    'data/train-00001-of-00002.parquet': parquet(30, 50),
    'chats.py': 'print("run me")',
  });
  const { code, stdout } = await dormouse('import', 'owner/Chats', '--dataset', '--out', out, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ out, revision: COMMIT, rows: { read: 50, used: 50 } });
  expect(fs.existsSync(path.join(out, 'chats.py'))).toBe(false);
  const again = await dormouse('import', 'owner/Chats', '--dataset', '--out', out);
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout).toContain(`use it    corpus: { kind: jsonl, path: ${out} }`);
});

it('what is to be chosen is said, and the files stay', async () => {
  await serve({
    'README.md': '---\nconfigs: [{config_name: a, data_files: a.jsonl}, {config_name: b, data_files: b.jsonl}]\n---\n',
    'a.jsonl': '{"prompt": "a", "completion": "b"}\n',
    'b.jsonl': '{"prompt": "a", "completion": "b"}\n',
  });
  const { code, stdout } = await dormouse('import', 'owner/Chats', '--dataset', '--out', out);
  expect(code).toBe(0);
  expect(stdout).toContain('several configurations');
  expect(fs.existsSync(path.join(out, 'b.jsonl'))).toBe(true);
});

it('a folder is no repository', async () => {
  await serve({});
  const { code, stderr } = await dormouse('import', './datasets', '--dataset');
  expect(code).toBe(2);
  expect(stderr).toContain('a folder can be used where it is');
  expect(importedDatasetName('owner/Chats')).toBe(path.join('datasets', 'chats'));
});
