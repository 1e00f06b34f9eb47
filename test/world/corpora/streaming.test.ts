import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpora } from '../../../src/world/corpora/index.ts';
import { readRows } from '../../../src/world/corpora/read-rows.ts';
import type { Numbered } from '../../../src/world/corpora/read-rows.ts';
import type { FileRow } from '../../../src/world/corpora/rows.ts';
import { createSelection } from '../../../src/world/corpora/selection.ts';
import { splitOf } from '../../../src/world/corpora/split.ts';
import { CAPS } from '../../../src/lib/caps.ts';
import { messageOf } from '../../../src/lib/errors.ts';

let dir = '';
beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-streaming-'));
});
afterAll(() => fs.rmSync(dir, { recursive: true }));

let files = 0;
const put = (content: string | Uint8Array): string => {
  const file = path.join(dir, `${files++}`);
  fs.writeFileSync(file, content);
  return file;
};
const rowOf = (i: number): { prompt: string; completion: string } => ({
  prompt: `Question ${i}?`,
  completion: `Answer ${i}.`,
});
const linesOf = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify(rowOf(i))}\n`).join('');

/** Rows until the end, or until what went wrong. */
async function drain(file: string, unpacked?: number): Promise<{ rows: Numbered<unknown>[]; error?: string }> {
  const rows: Numbered<unknown>[] = [];
  try {
    for await (const row of readRows(file, { bytes: unpacked ?? 0 })) rows.push(row);
    return { rows };
  } catch (error) {
    return { rows, error: messageOf(error) };
  }
}

describe('a file is never read whole', () => {
  it('JSONL of 8 GB: its rows come, and a line without end is refused long before the end of the file', async () => {
    const file = put(linesOf(1000));
    fs.truncateSync(file, 8 * 2 ** 30); // a hole: no disk, and more than Node.js can hold in a buffer or a string
    const { rows, error } = await drain(file);
    expect(rows).toHaveLength(1000);
    expect(rows.at(-1)).toEqual({ number: 1000, value: rowOf(999) });
    expect(error).toMatch(/^line 1001 of .*: \d+ MB is too large; at most 16 MB .*one belongs on a line\)$/);
  });

  it('JSONL: the first rows come before the last are looked at', async () => {
    const file = put(Buffer.concat([Buffer.from(linesOf(200_000)), Buffer.of(0xff, 0xfe)]));
    expect(await readRows(file).next()).toEqual({ done: false, value: { number: 1, value: rowOf(0) } });
    const { rows, error } = await drain(file);
    expect(rows).toHaveLength(200_000);
    expect(error).toMatch(/not a text file/);
  });

  it('Parquet: row group by row group', async () => {
    const data = (key: 'prompt' | 'completion') => Array.from({ length: 40 }, (_, i) => rowOf(i)[key]);
    const columnData = (['prompt', 'completion'] as const).map((name) => ({
      ...{ name, data: data(name), type: 'STRING' as const },
    }));
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 10, codec: 'SNAPPY' }));
    const { rows } = await drain(put(bytes));
    expect(rows).toEqual(Array.from({ length: 40 }, (_, i) => ({ number: i + 1, value: rowOf(i) })));
    // the third group's data, and nothing before it, is destroyed
    const at = Buffer.from(bytes).indexOf('Question 20');
    const broken = await drain(put(bytes.map((byte, i) => (i > at - 20 && i < at + 60 ? 0xff : byte))));
    expect(broken.rows).toHaveLength(20);
    expect(broken.error).toMatch(/broken Parquet file/);
  });

  it('an array must be: it has a limit', async () => {
    const file = put('[{"prompt": "a", "completion": "b"}');
    fs.truncateSync(file, CAPS.arrayBytes.most + 1);
    expect((await drain(file)).error).toMatch(/257 MB is too large; at most 256 MB .*make it JSONL/);
  });
});

describe('gzip', () => {
  it('is unpacked as it is read', async () => {
    const { rows } = await drain(put(gzipSync(linesOf(50))));
    expect(rows).toHaveLength(50);
  });
  it('broken, says so', async () => {
    const { error } = await drain(put(gzipSync(linesOf(5000)).subarray(0, 900)));
    expect(error).toMatch(/cannot read the corpus: .*unexpected end of file/);
  });
  it('that unpacks without end is refused at the first line that is too long', async () => {
    const { error } = await drain(put(gzipSync(Buffer.alloc(64 * 2 ** 20))));
    expect(error).toMatch(/line 1 of .*: \d+ MB is too large; at most 16 MB/);
  });
  it('has a cap on what all files unpack to, Parquet among them', async () => {
    const column = {
      name: 'prompt',
      data: Array.from({ length: 4000 }, (_, i) => `Question ${i * i}?`),
      type: 'STRING' as const,
    };
    const parquet = new Uint8Array(parquetWriteBuffer({ columnData: [column], rowGroupSize: 2000, codec: 'SNAPPY' }));
    for (const file of [put(gzipSync(linesOf(50))), put(parquet)]) {
      expect((await drain(file)).error).toBeUndefined();
      const { rows, error } = await drain(file, CAPS.unpackedBytes.most - 300);
      expect(rows).toEqual([]);
      expect(error).toMatch(
        /before (them|it) unpack to: 32769 MB is too large; at most 32768 MB .*give a part of its files/,
      );
    }
  });
  it('is not zstd', async () => {
    expect((await drain(put(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 1)))).error).toMatch(
      /compressed with zstd.*unpack it/,
    );
  });
});

describe('what is not a file', () => {
  it('is refused at once: a pipe waits for its writer, a device never ends', async () => {
    const pipe = path.join(dir, 'train.jsonl');
    execFileSync('mkfifo', [pipe]);
    // ends a reader's wait, so that a failure here is no hang
    const writer = spawn('sh', ['-c', `sleep 2; : > ${pipe}`]);
    for (const file of [pipe, '/dev/zero'])
      expect((await drain(file)).error).toMatch(/cannot read the corpus: .*: it is a pipe or a device; give a file/);
    expect((await drain(dir)).error).toMatch(/: it is a folder; give a file/);
    writer.kill();
  });
});

describe('lines', () => {
  it('that nest too deeply are named', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const rows = [`{"prompt": "a", "completion": ${deep}}`, `{"prompt": "a", "messages": ${deep}}`, '{"prompt": "a"}'];
    const corpus = Promise.resolve(corpora.jsonl.create({ path: put(rows.join('\n')) }));
    await expect(corpus).rejects.toThrow(/rows 1, 2: nested too deeply; a row holds texts, and lists of turns/);
  });

  it('may be parted anywhere by the chunks they come in, and be more together than one may be', async () => {
    const long = Array.from({ length: 6 }, (_, i) => ({
      prompt: `${i} ${'\u{1F42D}'.repeat(1_000_000)}`,
      completion: 'x',
    }));
    const { rows } = await drain(put(long.map((row) => JSON.stringify(row)).join('\n')));
    expect(rows.map(({ value }) => value)).toEqual(long);
  });

  it('that are broken are all named, in bounded memory', async () => {
    const broken = Array.from({ length: 3000 }, (_, i) => `{"a${i}`).join('\n');
    const { error = '' } = await drain(put(`${linesOf(2)}${broken}`));
    const told = error.split('\n');
    expect(told[1]).toMatch(/^ {2}row/);
    expect(told.length).toBeLessThanOrEqual(12);
  });
});

describe('a selection', () => {
  const row = (i: number, extra: Partial<FileRow> = {}): FileRow => ({
    ...{
      prompt: [{ role: 'user', content: `Question ${i}?` }],
      answer: `Answer ${i}.`,
      family: 'file',
      undesired: false,
    },
    ...extra,
  });
  const select = (rows: readonly FileRow[], options: { maxRows?: number; maxText?: number } = {}) => {
    const selection = createSelection({ maxWords: Infinity, maxRows: Infinity, ...options });
    for (const one of rows) selection.add(one);
    return { tasks: selection.tasks(), counts: selection.counts() };
  };
  const many = Array.from({ length: 2000 }, (_, i) => row(i));

  it('of more rows than it may keep is the same sample whatever their order, and counts the rest', () => {
    const { tasks, counts } = select(many, { maxRows: 300 });
    expect(tasks).toHaveLength(300);
    expect(counts).toEqual({ read: 2000, used: 300, duplicates: 0, tooLong: 0, undesired: 0, leftOut: 1700 });
    const other = select([...many].reverse(), { maxRows: 300 }).tasks;
    expect(new Set(other.map(({ id }) => id))).toEqual(new Set(tasks.map(({ id }) => id)));
    const places = tasks.map(({ answer }) => Number(/\d+/.exec(answer)?.[0]));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('is even: over the file, and over the splits', () => {
    const { tasks } = select(many, { maxRows: 500 });
    const early = tasks.filter(({ answer }) => Number(/\d+/.exec(answer)?.[0]) < 1000).length;
    expect(early).toBeGreaterThan(200);
    expect(early).toBeLessThan(300);
    const train = tasks.filter(({ prompt }) => splitOf(prompt[0]!.content) === 'train').length;
    expect(train / 500).toBeCloseTo(0.7, 1);
  });

  it('keeps little text where rows are long', () => {
    const long = Array.from({ length: 400 }, (_, i) => row(i, { answer: 'x'.repeat(1000) }));
    const { tasks, counts } = select(long, { maxText: 50_000 });
    expect(tasks.length).toBeGreaterThan(40);
    expect(tasks.length).toBeLessThan(50);
    expect(counts.leftOut).toBe(400 - tasks.length);
  });

  it('keeps the first of equal prompts wherever it cuts', () => {
    const twice = [...many, ...many.map((one) => ({ ...one, answer: 'again' }))];
    const { tasks, counts } = select(twice, { maxRows: 300 });
    expect(tasks).toEqual(select(many, { maxRows: 300 }).tasks);
    expect(counts.read).toBe(4000);
    expect(counts.used + counts.duplicates + (counts.leftOut ?? 0)).toBe(4000);
  });
});

it('maxRows is a setting of the corpus', async () => {
  const { rows, size } = await corpora.jsonl.create({ path: put(linesOf(500)), maxRows: 100 });
  expect({ rows, size }).toEqual({
    rows: { read: 500, used: 100, duplicates: 0, tooLong: 0, undesired: 0, leftOut: 400 },
    size: 100,
  });
});
