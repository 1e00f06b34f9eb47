import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readResults, reportPath, resultsPath, writeResults } from '../../src/archive/results-file.ts';
import { fixture } from '../report/fixture.ts';

let dir = '';
beforeEach(() => void (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'results-'))));
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

const change = (from: string | RegExp, to: string): void =>
  fs.writeFileSync(resultsPath(dir), fs.readFileSync(resultsPath(dir), 'utf8').replace(from, to));

const made = fixture();

it('come back as they were written, with the page made of them', () => {
  writeResults(dir, made);
  expect(readResults(dir)).toEqual(JSON.parse(JSON.stringify(made)));
  expect(fs.readFileSync(reportPath(dir), 'utf8')).toContain('<html');
});

it.each<[string, () => void, RegExp]>([
  [
    'in one digit',
    () => change(/"value": 0\.\d/, '"value": 0.5'),
    /results\.json is damaged: .* run its experiment again/,
  ],
  ['in its seal', () => fs.writeFileSync(path.join(dir, 'DONE'), 'x\n'), /DONE is damaged/],
  [
    'without a seal',
    () => fs.rmSync(path.join(dir, 'DONE')),
    /has no DONE, so it is unfinished or of an older version/,
  ],
  ['of an earlier version', () => (change('dormouse-results-3', 'dormouse-results-1'), fs.rmSync(path.join(dir, 'DONE'))), /of another version: dormouse-results-1/], // prettier-ignore
])('are refused %s', (_, damage, message) => {
  writeResults(dir, made);
  damage();
  expect(() => readResults(dir)).toThrow(message);
});
