import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { appendLine, appendLines, cutLog, prefixOf, readJsonl } from '../../src/lib/jsonl.ts';

let dir = '';
beforeEach(() => void (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'jsonl-'))));
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

it('a log is cut back to what it was, and refused where it no longer begins so', () => {
  const log = path.join(dir, 'log');
  expect(prefixOf(log)).toEqual({ bytes: 0, sha256: createHash('sha256').digest('hex') });
  cutLog(log, prefixOf(log), 'begin again');
  appendLine(log, '{"step":1}');
  const prefix = prefixOf(log);
  expect(prefix).toEqual({ bytes: 11, sha256: createHash('sha256').update('{"step":1}\n').digest('hex') });
  appendLine(log, '{"step":2}');
  fs.appendFileSync(log, '{"st');
  cutLog(log, prefix, 'begin again');
  expect(fs.readFileSync(log, 'utf8')).toBe('{"step":1}\n');
  for (const text of ['{"step":3}\n', '{"step":3}\n{"step":2}\n', '{"step":1}', '']) {
    fs.writeFileSync(log, text);
    expect(() => cutLog(log, prefix, 'begin again')).toThrow(
      `${log} is damaged: it is not what was written there (SHA-256); restore it from a copy, or begin again`,
    );
    expect(fs.readFileSync(log, 'utf8')).toBe(text);
  }
  cutLog(log, undefined, 'begin again');
  expect(readJsonl(log)).toEqual([]);
});

it('what is sealed of a log is what was meant: a flip between an append and the next save is found', () => {
  const log = path.join(dir, 'log');
  appendLine(log, '{"step":1}');
  fs.writeFileSync(log, '{"step":7}\n');
  appendLine(log, '{"step":2}');
  const prefix = prefixOf(log);
  expect(prefix).toEqual({ bytes: 22, sha256: createHash('sha256').update('{"step":1}\n{"step":2}\n').digest('hex') });
  expect(() => cutLog(log, prefix, 'begin again')).toThrow(`${log} is damaged`);
  // a log of another size was begun anew
  fs.rmSync(log);
  appendLine(log, '{"step":3}');
  expect(prefixOf(log).sha256).toBe(createHash('sha256').update('{"step":3}\n').digest('hex'));
});

it('what a log was cut back to is meant as well, and what never reached it is not', () => {
  const log = path.join(dir, 'log');
  const sealed = (text: string) => ({ bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') });
  appendLine(log, '{"step":1}');
  const prefix = prefixOf(log);
  appendLine(log, '{"step":2}');
  cutLog(log, prefix, 'begin again');
  fs.writeFileSync(log, '{"step":7}\n');
  appendLines(log, ['{"step":3}', '{"step":4}']);
  expect(prefixOf(log)).toEqual(sealed('{"step":1}\n{"step":3}\n{"step":4}\n'));
  const flush = vi.spyOn(fs, 'fsyncSync').mockImplementationOnce(() => {
    throw Object.assign(new Error('full'), { code: 'ENOSPC' });
  });
  expect(() => appendLine(log, '{"step":5}')).toThrow('the disk is full');
  flush.mockRestore();
  appendLine(log, '{"step":6}');
  expect(prefixOf(log)).toEqual(sealed('{"step":1}\n{"step":3}\n{"step":4}\n{"step":6}\n'));
});
