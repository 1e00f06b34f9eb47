import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/nn/checkpoints/index.ts';
import type { Experiment } from '../../src/lab/experiment/types.ts';
import { stages } from '../../src/lab/stages/index.ts';
import { MODEL, tiny } from '../tiny.ts';
import { newFolder, removeFolder, run } from './small.ts';

const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));

const experimentWith = (interventions: object): Experiment => tiny({ model: { ...MODEL, nLayer: 2 }, interventions });

/** What a stage needs to be small, where `steps` and `batchSize` are not enough. */
const SMALL: Readonly<Record<string, object>> = {
  adversarial: { rounds: 2, prompts: 2, attackers: ['templates'] },
  rl: { completions: 8, judged: 4, preference: { steps: 2, batchSize: 4, heldOut: 8 } },
};
const trains = (kind: string): boolean => 'prepare' in stages[kind as keyof typeof stages];
const small = (kind: string): object => ({ kind, ...(trains(kind) && { steps: 2, batchSize: 4 }), ...SMALL[kind] });

const evaluations = (dir: string, arm: string): { stage: string; step: number; moment: string }[] =>
  fs
    .readFileSync(path.join(dir, arm, 'evaluations.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { stage: string; step: number; moment: string });

describe('every stage, in an experiment', () => {
  const experiment = experimentWith(Object.fromEntries(Object.keys(stages).map((kind) => [kind, [small(kind)]])));
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
    await run(experimentWith({ long: ['sft', 'prune', 'sft'].map(small) }), dir);
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
    const experiment = experimentWith({
      second: { from: 'first', stages: [small('noise')] },
      first: [small('sft')],
    });
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
    const sft = [small('sft')];
    await run(experimentWith({ one: sft, another: sft, third: [{ kind: 'noise' }] }), dir);
    const [one, another, third] = ['one', 'another', 'third'].map((arm) =>
      fs.readFileSync(path.join(dir, arm, 'model.safetensors')),
    );
    expect(another).toEqual(one);
    expect(third).not.toEqual(one);
  });

  it('moved all the way to the base, end with its weights, wherever they began', async () => {
    const dir = newFolder();
    folders.push(dir);
    await run(experimentWith({ undone: [small('sft'), { kind: 'interpolate', share: 1 }] }), dir);
    const [base, organism, undone] = ['base', 'organism', 'undone'].map((arm) =>
      fs.readFileSync(path.join(dir, arm, 'model.safetensors')),
    );
    expect(undone).toEqual(base);
    expect(undone).not.toEqual(organism);
  });
});

describe('an arm that fails', () => {
  it('fails alone: the others go on, what starts from it is not run, the results say why', async () => {
    const dir = newFolder();
    folders.push(dir);
    const wild = { kind: 'sft', steps: 30, batchSize: 4, lr: 1e30, clipNorm: 0, schedule: { warmupSteps: 0 } };
    const experiment = experimentWith({
      wild: [wild],
      after: { from: 'wild', stages: [small('sft')] },
      calm: [small('sft')],
    });
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
    [
      { sft: [{ kind: 'sft', scratchpad: 'after' }] },
      /sft: sft cannot be applied: scratchpad: after, but a normal organism/,
    ],
    [{ lat: [{ kind: 'latent-adversarial', layer: 2 }] }, /lat: latent-adversarial cannot be applied: layer 2 of 2/],
  ])('%j is refused before anything is computed', async (interventions, reason) => {
    const dir = newFolder();
    folders.push(dir);
    await expect(run(experimentWith(interventions), dir)).rejects.toThrow(reason);
    expect(fs.existsSync(path.join(dir, 'base'))).toBe(false);
  });
});
