import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  isLeftover,
  listFolder,
  readBytes,
  readJson,
  readText,
  recoverFolder,
  remove,
  sweepLeftovers,
  writeAtomic,
  writeFolderAtomic,
} from '../../src/lib/files.ts';
import { appendLine, appendLines, readJsonl, truncateJsonl } from '../../src/lib/jsonl.ts';
import { killed, runOnSmallDisk, startChild, whyNoMounts } from './run-child.ts';

let dir = '';
beforeEach(() => void (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'files-'))));
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));
const at = (...names: string[]): string => path.join(dir, ...names);

describe('writeAtomic', () => {
  it('writes text, bytes and chunks, makes folders and leaves nothing else behind', () => {
    writeAtomic(at('a/b/text'), 'é');
    writeAtomic(at('a/b/text'), 'è');
    writeAtomic(at('bytes'), Uint8Array.of(1, 2));
    writeAtomic(at('chunks'), [Uint8Array.of(1), Uint8Array.of(2, 3)]);
    expect(readText(at('a/b/text'))).toBe('è');
    expect([...readBytes(at('bytes'))]).toEqual([1, 2]);
    expect([...readBytes(at('chunks'))]).toEqual([1, 2, 3]);
    expect(fs.readdirSync(dir)).toEqual(['a', 'bytes', 'chunks']);
    expect(fs.readdirSync(at('a/b'))).toEqual(['text']);
  });

  it('names what is in the way', () => {
    writeAtomic(at('file'), 'x');
    fs.mkdirSync(at('folder/full'), { recursive: true });
    expect(() => writeAtomic(at('file/below'), '')).toThrow(
      /cannot write .*below: a (part of the path is a file|file is in the way)/,
    );
    expect(() => writeAtomic(at('file/far/below'), '')).toThrow(/cannot write .*below: a part of the path is a file/);
    expect(() => writeFolderAtomic(at('file/below'), { a: '' })).toThrow(
      /cannot write .*below: a part of the path is a file/,
    );
    expect(() => writeAtomic(at('folder'), '')).toThrow(/a folder is in the way/);
    expect(readText(at('file'))).toBe('x');
    expect(fs.readdirSync(dir)).toEqual(['file', 'folder']);
  });
});

/** The name under which a process of this machine first writes what is then renamed. */
function partialOn(host: string): string {
  vi.spyOn(os, 'hostname').mockReturnValue(host);
  const renamed = vi.spyOn(fs, 'renameSync');
  writeAtomic(at('file'), '');
  const [from] = renamed.mock.calls[0]!;
  vi.restoreAllMocks();
  return path.basename(String(from));
}

it('two machines of a shared disk write beside each other, whatever their processes are numbered', () => {
  // the number of the file goes on
  const own = (name: string): string => name.replace(/-\d+$/, '');
  const names = [partialOn('node-1'), partialOn('node-2'), partialOn('node-1')];
  expect(own(names[1]!)).not.toBe(own(names[0]!));
  expect(own(names[2]!)).toBe(own(names[0]!));
  for (const name of names) expect(isLeftover(name)).toBe(true);
});

describe('writeFolderAtomic', () => {
  it('replaces the whole folder', () => {
    writeFolderAtomic(at('s'), { a: '1', b: '1' });
    writeFolderAtomic(at('s'), { a: '2' });
    expect(fs.readdirSync(at('s'))).toEqual(['a']);
    expect(readText(at('s/a'))).toBe('2');
    expect(fs.readdirSync(dir)).toEqual(['s']);
  });

  it('is mended after a crash at any point of a replacement', () => {
    writeFolderAtomic(at('s.partial-replaced'), { a: 'old' }); // old renamed away, new not yet in
    recoverFolder(at('s'));
    expect(readText(at('s/a'))).toBe('old');
    writeFolderAtomic(at('s.partial-replaced'), { a: 'older' }); // new is in, old not yet removed
    recoverFolder(at('s'));
    expect(readText(at('s/a'))).toBe('old');
    writeFolderAtomic(at('s.partial-replaced'), { a: 'older' });
    writeFolderAtomic(at('s'), { a: 'new' });
    expect(readText(at('s/a'))).toBe('new');
    expect(fs.readdirSync(dir)).toEqual(['s']);
  });

  it('is always whole after kill -9', async () => {
    const whole = async (n: number): Promise<void> => {
      const child = await startChild('replace-forever', fs.mkdirSync(at(`run-${n}`), { recursive: true })!);
      await new Promise((resolve) => setTimeout(resolve, 7 * n));
      await killed(child);
      sweepLeftovers(at(`run-${n}`));
      const texts = ['a', 'b', 'c'].map((name) => readText(at(`run-${n}`, 'state', name)));
      expect(texts[0]).toHaveLength(20_000);
      expect(new Set(texts).size).toBe(1);
      expect(readText(at(`run-${n}`, 'file'))).toHaveLength(20_000);
      expect(fs.readdirSync(at(`run-${n}`))).toEqual(['file', 'state']);
    };
    const outcomes = await Promise.allSettled([0, 1, 2, 3].map(whole)); // every child is killed before any failure is told
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
  });
});

describe('a disk that refuses', () => {
  const why = whyNoMounts();
  if (why !== undefined) it.skip(`is not tested: ${why}`);

  it.skipIf(why !== undefined)('because it is full keeps everything written before', () => {
    const full = expect.stringMatching(/^UserError: cannot write .*: the disk is full; free some space/);
    expect(runOnSmallDisk('full-disk', dir, 'rw')).toEqual({
      file: full,
      folder: full,
      log: full,
      left: ['before', 'before', '{"step":1}\n'],
      names: ['file', 'folder', 'log'],
    });
  });

  it.skipIf(why !== undefined)('because it is read-only says so', () => {
    const says = expect.stringMatching(/^(UserError: )?cannot write .*: the disk is read-only; choose a folder/);
    expect(runOnSmallDisk('read-only', dir, 'ro')).toEqual({ file: says, folder: says, log: says, lock: says });
  });
});

describe('JSONL logs', () => {
  it('are read without a torn last line, even inside a character', () => {
    appendLines(at('log'), ['{"step":1}', '{"step":2}']);
    appendLine(at('log'), '{"step":3,"text":"é"}');
    const bytes = readBytes(at('log'));
    for (let cut = 1; cut < 16; cut++) {
      fs.writeFileSync(at('torn'), bytes.subarray(0, bytes.length - cut));
      expect(readJsonl(at('torn'))).toEqual([{ step: 1 }, { step: 2 }]);
    }
    expect(readJsonl(at('log'))).toHaveLength(3);
    expect(readJsonl(at('none'))).toEqual([]);
  });

  it('are cut back to the saved step', () => {
    fs.writeFileSync(at('log'), '{"step":1}\n{"step":2}\n{"step":3}\n{"st');
    expect(truncateJsonl(at('log'), ({ step }) => Number(step) <= 2)).toEqual([{ step: 1 }, { step: 2 }]);
    expect(readText(at('log'))).toBe('{"step":1}\n{"step":2}\n');
    expect(truncateJsonl(at('none'), () => true)).toEqual([]);
    expect(fs.existsSync(at('none'))).toBe(false);
  });

  it('name a damaged line', () => {
    fs.writeFileSync(at('log'), '{"step":1}\n{"st\n{"step":3}\n');
    expect(() => readJsonl(at('log'))).toThrow(/corrupt JSON in line 2 of .*log/);
    fs.writeFileSync(at('log'), '7\n');
    expect(() => readJsonl(at('log'))).toThrow(/line 1 of .*log is not a JSON object: 7/);
  });
});

describe('reading', () => {
  it('says what is missing or damaged', () => {
    fs.writeFileSync(at('json'), '{"a":');
    fs.writeFileSync(at('empty'), '');
    fs.writeFileSync(at('latin1'), Uint8Array.of(0x63, 0xe9));
    expect(() => readText(at('none'), 'run it first')).toThrow(
      /cannot read .*none: there is no such file; run it first/,
    );
    expect(() => readText(at('json/x'))).toThrow(/a part of the path is a file/);
    expect(() => readText(dir)).toThrow(/it is a folder; give a file/);
    expect(() => readJson(at('json'))).toThrow(/corrupt JSON in .*json: /);
    expect(() => readJson(at('empty'))).toThrow(/corrupt JSON in .*empty: it is empty/);
    expect(() => readText(at('latin1'))).toThrow(/is not UTF-8 text/);
    fs.writeFileSync(at('huge'), '');
    fs.truncateSync(at('huge'), 2 ** 28 + 1);
    expect(() => readText(at('huge'))).toThrow(/it has 268435457 bytes; at most 268435456 are read at once/);
    expect(listFolder(at('none'))).toEqual([]);
  });
});

describe('sweepLeftovers', () => {
  it('clears unfinished writes and mends folders, at any depth', () => {
    writeAtomic(at('arm/keep.partial'), 'mine');
    fs.writeFileSync(at('arm/config.json.partial-12-3'), '');
    fs.mkdirSync(at('arm/state.partial-12-4/x'), { recursive: true });
    writeFolderAtomic(at('arm/state/00000400.partial-replaced'), { a: 'old' });
    writeAtomic(at('.git/mine.partial-1-1'), 'of another program');
    sweepLeftovers(dir);
    expect(fs.readdirSync(dir, { recursive: true }).sort()).toEqual(
      [
        '.git',
        '.git/mine.partial-1-1',
        'arm',
        'arm/keep.partial',
        'arm/state',
        'arm/state/00000400',
        'arm/state/00000400/a',
      ].map((p) => path.normalize(p)),
    );
  });

  it('remove leaves nothing, and does not mind what is not there', () => {
    writeAtomic(at('a/b'), '');
    remove(at('a'));
    remove(at('a'));
    expect(fs.readdirSync(dir)).toEqual([]);
  });
});
