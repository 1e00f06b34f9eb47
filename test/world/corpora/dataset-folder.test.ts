import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataFiles } from '../../../src/world/corpora/data-files.ts';
import { corpora } from '../../../src/world/corpora/index.ts';
import { SPLITS } from '../../../src/world/corpora/types.ts';

let dir = '';
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-folder-'));
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const put = (name: string, content: string | Uint8Array = ''): void => {
  fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
  fs.writeFileSync(path.join(dir, name), content);
};
const found = (split = 'train', config?: string): string[] =>
  dataFiles(dir, { split, config }).map((file) => path.relative(dir, file).replaceAll('\\', '/'));
const rows = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ prompt: `Question ${from + i}?`, completion: `Answer ${from + i}.` }));
const jsonl = (from: number, to: number): string =>
  rows(from, to)
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('');
const parquet = (from: number, to: number): Uint8Array => {
  const data = rows(from, to);
  const columnData = (['prompt', 'completion'] as const).map((name) => ({
    ...{ name, data: data.map((row) => row[name]), type: 'STRING' as const },
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 7 }));
};
const answers = async (options: object = {}): Promise<string[]> => {
  const corpus = await corpora.jsonl.create({ path: dir, ...options });
  return SPLITS.flatMap((split) => corpus.finite!.tasksOf(split))
    .map(({ answer }) => answer)
    .sort();
};
const expected = (from: number, to: number): string[] =>
  rows(from, to)
    .map(({ completion }) => completion)
    .sort();

describe('a Hugging Face dataset folder', () => {
  it('of Parquet shards', async () => {
    put('data/train-00000-of-00002.parquet', parquet(0, 20));
    put('data/train-00001-of-00002.parquet', parquet(20, 35));
    put('data/test-00000-of-00001.parquet', parquet(35, 40));
    put('README.md', '---\nlicense: mit\n---\n# Data');
    expect(found()).toEqual(['data/train-00000-of-00002.parquet', 'data/train-00001-of-00002.parquet']);
    expect(await answers()).toEqual(expected(0, 35));
    expect(await answers({ split: 'test' })).toEqual(expected(35, 40));
  });

  it('of JSONL, with configurations in its README', async () => {
    put('a/train.jsonl', jsonl(0, 10));
    put('a/more.jsonl', jsonl(10, 15));
    put('b/train.jsonl', jsonl(15, 30));
    put(
      'README.md',
      `---
configs:
  - config_name: first
    data_files:
      - { split: train, path: [a/train.jsonl, "a/mor*.jsonl"] }
  - config_name: second
    data_files: "b/*"
---
`,
    );
    expect(await answers({ config: 'first' })).toEqual(expected(0, 15));
    expect(await answers({ config: 'second' })).toEqual(expected(15, 30));
    expect(() => found()).toThrow(/several configurations in .*: first, second; set config to one of them/);
    expect(() => found('train', 'third')).toThrow(/no configuration "third" in .*: its README names first, second/);
  });

  it('that dormouse wrote', async () => {
    put('train.jsonl', jsonl(0, 5));
    put('scenario.json', '{}');
    put('tokenizer.json', '{}');
    expect(await answers()).toEqual(expected(0, 5));
  });
});

describe('which files', () => {
  const configs = (text: string): void => put('README.md', `---\n${text}\n---\n`);

  it.each([
    ['a word in a name', ['train.jsonl', 'my-test.jsonl'], { train: ['train.jsonl'], test: ['my-test.jsonl'] }],
    ['a folder', ['train/a.json', 'valid/b.json'], { train: ['train/a.json'], validation: ['valid/b.json'] }],
    ['no word', ['a.jsonl', 'b.parquet'], { train: ['a.jsonl', 'b.parquet'] }],
    ['no word in a word', ['contest.jsonl', 'restrain.jsonl'], { train: ['contest.jsonl', 'restrain.jsonl'] }],
    [
      'a split of its own',
      ['data/train_sft-00000-of-00001.parquet'],
      { train_sft: ['data/train_sft-00000-of-00001.parquet'] },
    ],
    [
      'others beside',
      ['train.jsonl', 'dataset_info.json', '.cache/x.jsonl', 'a.csv', 'hub.json'],
      { train: ['train.jsonl'] },
    ],
    ['gzip', ['train.json.gz'], { train: ['train.json.gz'] }],
  ])('%s', (_, names, splits) => {
    for (const name of names) put(name);
    for (const [split, files] of Object.entries(splits)) expect(found(split)).toEqual(files);
  });

  it('a folder is a configuration, where no README says otherwise', () => {
    put('en/train.jsonl');
    put('de/train.jsonl');
    expect(found('train', 'de')).toEqual(['de/train.jsonl']);
    expect(() => found('train', 'fr')).toThrow(/no configuration "fr"/);
  });

  it.each([
    [
      'the one marked as default',
      'configs: [{config_name: a, data_files: a.jsonl}, {config_name: b, data_files: b.jsonl, default: true}]',
      ['b.jsonl'],
    ],
    [
      'the one called default',
      'configs: [{config_name: default, data_files: a.jsonl}, {config_name: b, data_files: b.jsonl}]',
      ['a.jsonl'],
    ],
    [
      'the only one',
      'configs: [{config_name: c, data_files: [{split: train, path: "**/*.jsonl"}]}]',
      ['a.jsonl', 'b.jsonl', 'x/y/c.jsonl'],
    ],
    ['a data_dir', 'configs: [{config_name: c, data_dir: x, data_files: "**/*.jsonl"}]', ['x/y/c.jsonl']],
    ['a star stays in its folder', 'configs: [{config_name: c, data_files: "*.jsonl"}]', ['a.jsonl', 'b.jsonl']],
    [
      'a question mark is one character',
      'configs: [{config_name: c, data_files: ["a.jsonl", "b?jsonl"]}]',
      ['a.jsonl', 'b.jsonl'],
    ],
    ['configs without files', 'configs: [{config_name: c}]', ['a.jsonl', 'b.jsonl', 'x/y/c.jsonl']],
  ])('README: %s', (_, text, files) => {
    for (const name of ['a.jsonl', 'b.jsonl', 'x/y/c.jsonl']) put(name);
    configs(text);
    expect(found()).toEqual(files);
  });

  it('README: what is no star or question mark stands for itself', () => {
    for (const name of ['axb.jsonl', 'a.b.jsonl', 'c(1).jsonl']) put(name);
    configs('configs: [{config_name: c, data_files: ["a.b.jsonl", "c(1).jsonl"]}]');
    expect(found()).toEqual(['a.b.jsonl', 'c(1).jsonl']);
  });

  it('README: no pattern leaves the folder', () => {
    put('sub/a.jsonl');
    fs.writeFileSync(path.join(dir, 'secret.jsonl'), '');
    put(
      'sub/README.md',
      '---\nconfigs: [{config_name: c, data_files: ["../secret.jsonl", "/etc/*", "../../**"]}]\n---\n',
    );
    expect(() => dataFiles(path.join(dir, 'sub'), { split: 'train' })).toThrow(/no split "train"/);
  });

  it.each([
    ['a*b*c.jsonl', ['a/b/c.jsonl', 'axbxc.jsonl', 'abc.jsonl', 'a/xbc.jsonl'], ['abc.jsonl', 'axbxc.jsonl']],
    ['**/b/*.jsonl', ['b/1.jsonl', 'a/b/2.jsonl', 'ab/3.jsonl', 'a/b/c/4.jsonl'], ['a/b/2.jsonl', 'b/1.jsonl']],
    ['a**c.jsonl', ['ac.jsonl', 'a/b/c.jsonl', 'ac.jsonl.gz'], ['a/b/c.jsonl', 'ac.jsonl']],
    ['a?.jsonl', ['a.jsonl', 'ab.jsonl', 'a/x.jsonl', 'abc.jsonl'], ['ab.jsonl']],
    ['**', ['a.jsonl', 'b/c.jsonl'], ['a.jsonl', 'b/c.jsonl']],
  ])('README: what %s means', (pattern, names, files) => {
    for (const name of names) put(name);
    configs(`configs: [{config_name: c, data_files: "${pattern}"}]`);
    expect(found()).toEqual(files);
  });

  it('README: no pattern is slow', () => {
    const name = `${'a'.repeat(240)}.jsonl`;
    put(name);
    for (const star of ['a*', '**/', 'a**']) {
      configs(`configs: [{config_name: c, data_files: ["${star.repeat(200).slice(0, 450)}*b.jsonl"]}]`);
      const times = [1, 2, 3].map(() => {
        const start = performance.now();
        expect(() => found()).toThrow(/no split "train"/);
        return performance.now() - start;
      });
      expect(Math.min(...times)).toBeLessThan(50);
    }
    configs(`configs: [{config_name: c, data_files: "${'a*'.repeat(200)}l"}]`);
    expect(found()).toEqual([name]);
    configs(`configs: [{config_name: c, data_files: "${'*'.repeat(501)}"}]`);
    expect(() => found()).toThrow(/in README.md: 501 is too large/);
  });

  it.each([
    ['an empty folder', () => put('a.csv'), /no data in .*: it holds a.csv; JSON, JSONL or Parquet files are needed/],
    ['another split', () => put('test.jsonl'), /no split "train" in .*; it has test: set split to one of them/],
    ['a README that is no YAML', () => (put('a.jsonl'), configs('a: [')), /the head of .*README.md is no YAML/],
  ])('%s is refused', (_, prepare, message) => {
    prepare();
    expect(() => found()).toThrow(message);
  });

  it('a folder behind a link is left out', () => {
    put('a.jsonl');
    fs.symlinkSync('/', path.join(dir, 'loop'));
    expect(found()).toEqual(['a.jsonl']);
  });

  it('config and split are for folders', async () => {
    put('a.jsonl', jsonl(0, 3));
    const file = path.join(dir, 'a.jsonl');
    await expect(corpora.jsonl.create({ path: file, split: 'test' })).rejects.toThrow(/split is for folders/);
  });

  it('names the file of a bad row', async () => {
    put('data/train-00000-of-00002.jsonl', jsonl(0, 3));
    put('data/train-00001-of-00002.jsonl', '{"text": "x"}\n');
    await expect(answers()).rejects.toThrow(/rows that cannot be used: .*00001-of-00002.jsonl\n {2}row 1: no answer/);
  });
});
