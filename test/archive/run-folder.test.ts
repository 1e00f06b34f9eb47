import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { expectRunFolder } from '../../src/archive/run-folder.ts';
import { expectGridFolder } from '../../src/studies/grid/folder.ts';

let dir = '';
beforeEach(() => void (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'run-folder-'))));
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));
const put = (name: string, text = ''): void => {
  fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
  fs.writeFileSync(path.join(dir, name), text);
};

it('a folder whose very first file was never finished is as good as empty', () => {
  put('experiment.yaml.partial-123-1', 'name: half');
  put('grid.json.partial-123-1', '{');
  expect(() => expectRunFolder(dir)).not.toThrow();
  expect(() => expectGridFolder(dir)).not.toThrow();
  put('notes.txt');
  expect(() => expectRunFolder(dir)).toThrow(`${dir} is not the folder of a run: it holds notes.txt; choose`);
  expect(() => expectGridFolder(dir)).toThrow(`${dir} is not the folder of a sweep: it holds notes.txt; choose`);
});
