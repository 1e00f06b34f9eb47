import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { prepare } from '../../../src/lab/assemble/prepare.ts';
import { resolveExperiment } from '../../../src/lab/experiment/resolve.ts';
import { sharedBases } from '../../../src/lab/run/base-cache.ts';
import { tables } from '../../../src/lab/tables.ts';
import { expectWhole, isSealed } from '../../../src/lib/sealed.ts';
import { newFolder, removeFolder } from '../../pipeline/small.ts';
import { tinyFile } from '../../tiny.ts';

let dir = '';
beforeEach(() => void (dir = newFolder()));
afterEach(() => {
  vi.restoreAllMocks();
  removeFolder(dir);
});

const experiment = resolveExperiment(tinyFile(), 'x.yaml', {}, tables);
const bench = await prepare(experiment, tables);
const cacheIn = () => sharedBases(dir, experiment, bench);
const base = (value: number) => ({
  parameters: { w: { shape: [2], data: Float32Array.of(value, -value) } },
  ...{ steps: value, lossTokens: 10 * value },
});

it('keeps a base as it was trained', () => {
  const cache = cacheIn();
  expect(cache.find()).toBeUndefined();
  cache.put(base(3));
  expect(cache.find()).toEqual(base(3));
});

it.each([
  ['before it looks', 0],
  ['while it writes', 1],
])('takes another machine that was quicker %s for as good', (_, renames) => {
  const cache = cacheIn();
  const rename = fs.renameSync;
  const other = (): void => {
    vi.restoreAllMocks();
    cache.put(base(1));
  };
  if (renames === 0) other();
  else
    vi.spyOn(fs, 'renameSync').mockImplementationOnce((from, to) => {
      other();
      rename(from, to); // onto a folder that is full by now: the system refuses
    });
  cache.put(base(2));
  expect(cache.find()).toEqual(base(1));
  const left = fs.readdirSync(dir);
  expect(left).toHaveLength(1);
  expectWhole(path.join(dir, left[0]!));
});

it('says what else went wrong', () => {
  const cache = cacheIn();
  vi.spyOn(fs, 'renameSync').mockImplementation(() => {
    throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
  });
  expect(() => cache.put(base(2))).toThrow(/the disk is full/);
  vi.restoreAllMocks();
  expect(fs.readdirSync(dir).some((name) => isSealed(path.join(dir, name)))).toBe(false);
});
