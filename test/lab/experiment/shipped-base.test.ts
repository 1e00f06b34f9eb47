import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planArms, summarizeArm } from '../../../src/lab/assemble/arms.ts';
import { prepare } from '../../../src/lab/assemble/prepare.ts';
import { experimentHash, experimentToYaml } from '../../../src/lab/experiment/compare.ts';
import { resolveExperiment } from '../../../src/lab/experiment/resolve.ts';
import { baseDigest, findBases, hasWeights, openBase } from '../../../src/lab/experiment/shipped-base.ts';
import { resolveSweep } from '../../../src/lab/experiment/sweep.ts';
import type { Experiment, ShippedBase } from '../../../src/lab/experiment/types.ts';
import { baseKey } from '../../../src/lab/run/base-cache.ts';
import { tables } from '../../../src/lab/tables.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { sha256 } from '../../../src/lib/sha256.ts';
import { loadCheckpoint } from '../../../src/nn/checkpoints/index.ts';
import { basedHere } from '../../../src/studies/claims/plan.ts';
import { newFolder, removeFolder, run } from '../../pipeline/small.ts';
import { MODEL, tinyFile } from '../../tiny.ts';
import { putBase } from './small-base.ts';

const folder = newFolder();
const known = { ...tables, bases: folder };
beforeAll(async () => {
  for (const seed of [10, 1, 2]) await putBase(folder, 'small', seed);
  await putBase(folder, 'other', 1);
});
afterAll(() => removeFolder(folder));

/** Says nothing of model and tokenizer. */
const text = (base: object = {}, more: object = {}): string =>
  tinyFile({ base: { kind: 'shipped', name: 'small', ...base }, model: undefined, tokenizer: undefined, ...more });
const resolve = (base: object = {}, set: readonly string[] = [], more: object = {}): Experiment =>
  resolveExperiment(text(base, more), 'x.yaml', { set }, known);
const digestOf = (name: string): string => {
  const found = findBases(folder).find(({ dir }) => path.basename(dir) === name);
  return baseDigest(openBase(found!));
};

describe('a shipped base', () => {
  it('is named in full, and brings its model and its tokenizer', () => {
    const { base, model, tokenizer } = resolve({ seed: 2 });
    expect(base).toEqual({ kind: 'shipped', name: 'small', seed: 2, sha256: digestOf('small-2') });
    expect(model).toEqual({ ...MODEL, activation: 'relu2' });
    expect(tokenizer).toEqual({ vocabSize: 340 });
  });

  it('is known by network, weights and tokenizer', () => {
    const files = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];
    const lines = files.map((file) => `${sha256(fs.readFileSync(path.join(folder, 'small-2', file)))}  ${file}\n`);
    expect(digestOf('small-2')).toBe(sha256(lines.join('')));
    expect(new Set(['small-1', 'small-2', 'small-10'].map(digestOf)).size).toBe(3);
    expect(digestOf('small-1')).toBe(digestOf('other-1'));
  });

  it.each([
    [1, 1],
    [2, 2],
    [3, 10],
    [4, 1],
    [101, 2],
    [0, 10],
  ])('follows the seed where it names none: %i takes %i', (seed, of) => {
    expect((resolve({}, [`seed=${seed}`]).base as ShippedBase).seed).toBe(of);
  });

  it('differs from seed to seed of a sweep, and from size to size', () => {
    const sweep = { 'base.name': ['other', 'small'] };
    const { cells } = resolveSweep(text({}, { sweep }), 'x.yaml', { seeds: 2 }, known);
    expect(cells.map(({ experiment: { base } }) => [(base as ShippedBase).name, (base as ShippedBase).seed])).toEqual([
      ['other', 1],
      ['other', 1],
      ['small', 1],
      ['small', 2],
    ]);
  });

  it('makes another experiment of another base; the same base is one, whatever is implanted', () => {
    const [one, two, implanted] = [resolve({ seed: 1 }), resolve({ seed: 2 }), resolve({ seed: 1 }, ['seed=7'])];
    expect(experimentHash(one!)).not.toBe(experimentHash(two!));
    expect(baseKey(one!)).not.toBe(baseKey(two!));
    expect(baseKey(implanted!)).toBe(baseKey(one!));
  });

  it('is resolved to itself, and stays what it was where it is gone', () => {
    const resolved = resolve();
    const yaml = experimentToYaml(resolved);
    expect(resolveExperiment(yaml, 'y.yaml', {}, known)).toEqual(resolved);
    expect(resolveExperiment(yaml, 'y.yaml', {}, { ...tables, bases: '/nowhere' })).toEqual(resolved);
  });

  it('may be told again what it has', () => {
    const model = { kind: 'gpt2', nLayer: 1 };
    expect(resolve({}, ['tokenizer.vocabSize=340', 'model.nEmbd=16'], { model })).toEqual(resolve());
  });

  it.each([
    [
      { name: 'smal' },
      [],
      'x.yaml:\\d+:\\d+ base.name: unknown base "smal"; did you mean "small"\\? known: other, small',
    ],
    [{ name: undefined }, [], 'base.name: missing; one of: dormouse list bases'],
    [{ seed: 3 }, [], 'base.seed: there is no small of seed 3; known: 1, 2, 10'],
    [{ sha256: 'f00' }, [], 'base.sha256: small of seed 1 has [0-9a-f]{64}; leave "sha256" out to take that'],
    [{ nam: 1 }, [], 'base.nam: unknown key; did you mean "name"\\? known: name, seed, sha256'],
    [
      {},
      ['model.nLayer=8'],
      '--set model.nLayer=8 model.nLayer: 8 does not fit the shipped base, which has 1; leave "model" out, or train a base: base: \\[{ kind: pretrain }\\]',
    ],
    [{}, ['model.kind=llama'], 'model.kind: "llama" does not fit the shipped base, which has "gpt2"'],
    [{}, ['tokenizer.vocabSize=512'], 'tokenizer.vocabSize: 512 does not fit the shipped base, which has 340'],
  ] as const)('%j with %j is refused: %s', (base, set, message) => {
    expect(() => resolve(base, set)).toThrow(new RegExp(message));
  });

  it('says where there are none, and how to get some', () => {
    expect(() => resolveExperiment(text(), 'x.yaml', {}, { ...tables, bases: '/nowhere' })).toThrow(
      'x.yaml:10:3 base.name: there are no bases in /nowhere; install the kit again, or make it: npm run bases -- --name small --seed 1',
    );
  });

  it('is what the base arm says it is', () => {
    const [base] = planArms(resolve({ seed: 2 }), tables).map(summarizeArm);
    expect(base!.summary).toBe(
      `the shipped base small, seed 2 (SHA-256 ${digestOf('small-2').slice(0, 8)}), before any implant`,
    );
    expect(base!.stages).toEqual([]);
  });

  it('is what the experiment starts from: its weights, its tokenizer, none trained', async () => {
    const bench = await prepare(resolve({ seed: 10 }), known);
    const { parameters, tokenizer } = loadCheckpoint(path.join(folder, 'small-10'));
    expect(bench.initial(createRng(1))).toEqual(parameters);
    expect(bench.tokenizer.files()['tokenizer.json']).toBe(tokenizer['tokenizer.json']);
    expect(bench.model.nPositions).toBe(224);
  });

  it('is implanted', async () => {
    const dir = newFolder();
    const { arms, rows } = await run(resolve({ seed: 2 }), dir, { bases: folder });
    const [base, organism] = ['base', 'organism'].map((arm) => loadCheckpoint(path.join(dir, arm)));
    expect(base!.parameters).toEqual(loadCheckpoint(path.join(folder, 'small-2')).parameters);
    expect(organism!.parameters).not.toEqual(base!.parameters);
    expect(base!.card).toContain(arms[0]!.summary);
    expect(rows.filter(({ arm, metric, final }) => arm === 'base' && metric === 'asr' && final)).toHaveLength(1);
    removeFolder(dir);
  });
});

describe('a shipped base that is not what it was', () => {
  const dir = newFolder();
  const own = { ...tables, bases: dir };
  const [weights, seal] = ['model.safetensors', 'DONE'].map((name) => path.join(dir, 'small-1', name));
  const experiment = (): Experiment => resolveExperiment(text(), 'x.yaml', {}, own);
  beforeAll(() => putBase(dir, 'small', 1));
  afterAll(() => removeFolder(dir));

  it('is refused where a file is damaged, or missing', async () => {
    const whole = fs.readFileSync(weights!);
    const meant = experiment();
    const bent = Buffer.from(whole);
    bent[bent.length - 1]! ^= 1;
    fs.writeFileSync(weights!, bent);
    const remedy =
      'restore it from a copy, or install the kit again, or make it: npm run bases -- --name small --seed 1';
    await expect(prepare(meant, own)).rejects.toThrow(`${weights} is damaged: it is not what was written there (SHA-256); ${remedy}`); // prettier-ignore
    fs.writeFileSync(weights!, whole);
    await prepare(meant, own);
    const config = path.join(dir, 'small-1/config.json');
    const text = fs.readFileSync(config);
    fs.rmSync(config);
    expect(experiment).toThrow(`is not whole: it lacks config.json, which its DONE names; ${remedy}`);
    fs.writeFileSync(config, text);
  });

  it('is known without its weights, which come by recipe and SHA-256, and starts nothing before it is made', async () => {
    const whole = fs.readFileSync(weights!);
    const meant = experiment();
    const [found] = findBases(dir);
    const digest = baseDigest(openBase(found!));
    expect(hasWeights(found!)).toBe(true);
    fs.rmSync(weights!);
    expect(hasWeights(found!)).toBe(false);
    expect(baseDigest(openBase(found!))).toBe(digest);
    const refusal =
      'small-1 has no model.safetensors: a large base comes by recipe and SHA-256 alone, and is made in a checkout of the kit: ' +
      'npm run bases -- --name small --seed 1; any other comes back';
    expect(experiment).toThrow(refusal);
    expect(() => resolveExperiment(text({ seed: 1 }), 'x.yaml', {}, own)).toThrow(refusal);
    await expect(prepare(meant, own)).rejects.toThrow(refusal);
    expect(resolveExperiment(experimentToYaml(meant), 'y.yaml', {}, own)).toEqual(meant); // as a run wrote it
    const of = (name: string) => ({ name, scale: 'claims-tiny', overrides: { base: { kind: 'shipped', name } } });
    const cells = [of('small'), of('other'), { name: 'trained', scale: 'claims-tiny', overrides: {} }];
    const here = () => basedHere(cells, own).map(({ name }) => name);
    expect(here()).toEqual(['trained']);
    fs.writeFileSync(weights!, whole);
    expect(here()).toEqual(['small', 'trained']);
    await putBase(dir, 'small', 2);
    fs.rmSync(path.join(dir, 'small-2/model.safetensors'));
    expect(here()).toEqual(['trained']); // seed 2 would find none
    fs.rmSync(path.join(dir, 'small-2'), { recursive: true });
  });

  it('is refused where another took its place, or none', async () => {
    const meant = experiment();
    const text = fs.readFileSync(seal!, 'utf8');
    const line = text.split('\n').find((one) => one.endsWith('  config.json'))!;
    fs.writeFileSync(seal!, text.replace(line, `${'0'.repeat(64)}  config.json`));
    await expect(prepare(meant, own)).rejects.toThrow(/small-1 is another base than the experiment's: SHA-256 /);
    fs.rmSync(path.join(dir, 'small-1'), { recursive: true });
    await expect(prepare(meant, own)).rejects.toThrow(`the base small of seed 1 is missing in ${dir}; install`);
  });
});
