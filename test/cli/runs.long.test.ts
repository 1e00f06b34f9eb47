import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Results } from '../../src/results/types.ts';
import type { Profile } from '../../src/lab/run/profile.ts';
import { dormouse, finish, scratch, start, TINY } from './command.ts';

const root = scratch();
const file = path.join(root, 'tiny.yaml');
const run = path.join(root, 'run');
const read = (...parts: string[]): string => fs.readFileSync(path.join(...parts), 'utf8');
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const rows = (text: string): Record<string, unknown>[] => text.trim().split('\n').map(json);

beforeAll(async () => {
  fs.writeFileSync(file, TINY);
  await dormouse('run', file, '--out', run, '--set', 'seed=3');
});
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

describe('run', () => {
  it('--profile says where the time went, and changes no result', async () => {
    const dir = path.join(root, 'profiled');
    const { code, stdout } = await dormouse('run', file, '--out', dir, '--set', 'seed=3', '--profile');
    expect(code).toBe(0);
    expect(stdout).toMatch(/training steps +\d+\.\d %/);
    expect(stdout).toMatch(/\d %? of the time outside training steps/);
    const { seconds, lines } = JSON.parse(read(dir, 'profile.json')) as Profile;
    const sum = lines.reduce((total, line) => total + line.seconds, 0);
    expect(sum).toBeCloseTo(seconds, 6);
    const spent = (arm: string, part: string): boolean =>
      lines.some((line) => line.arm === arm && line.part === part && line.seconds > 0);
    for (const part of ['steps', 'data', 'compile', 'save', 'eval attack-success'])
      expect(spent('sft', part), part).toBe(true);
    expect(spent('(experiment)', 'prepare')).toBe(true);
    expect(lines.filter(({ arm, part }) => arm === '(experiment)' && part === 'steps')).toEqual([]);
    expect(read(dir, 'results.json')).toBe(read(run, 'results.json'));
  });

  it('exits 1 where an arm diverged, with the reason, the results and the report written', async () => {
    const dir = path.join(root, 'diverged');
    const wild =
      '{ wild: [{ kind: sft, steps: 3, batchSize: 4, lr: 1e30, clipNorm: 0, schedule: { warmupSteps: 0 } }] }';
    const quick = ['--set', 'controls={}', '--set', 'evals=[{ kind: clean-loss, prompts: 2 }]', '--json'];
    const { code, stdout, stderr } = await dormouse(
      'run',
      file,
      '--out',
      dir,
      '--set',
      `interventions=${wild}`,
      ...quick,
    );
    expect(code).toBe(1);
    expect(rows(stdout)).toContainEqual(
      expect.objectContaining({
        kind: 'arm',
        arm: 'wild',
        state: 'failed',
        reason: expect.stringMatching(/^training diverged: loss/) as string,
      }),
    );
    expect(stderr).toMatch(/^failed {2}wild {2}training diverged: loss/m);
    expect(stderr).toContain(`error: arms that failed: ${dir}/wild; results and report hold the reasons`);
    const { arms } = JSON.parse(read(dir, 'results.json')) as Results;
    expect(arms.map(({ name, failure }) => [name, failure?.slice(0, 17)])).toEqual([
      ['base', undefined],
      ['organism', undefined],
      ['wild', 'training diverged'],
    ]);
    expect(read(dir, 'report.html')).toContain('training diverged');
  });

  it('refuses another experiment in the folder, and --fresh starts over', async () => {
    const dir = path.join(root, 'fresh');
    const small = [
      '--set',
      'interventions={}',
      '--set',
      'controls={}',
      '--set',
      'evals=[{ kind: clean-loss, prompts: 2 }]',
      '--quick',
    ];
    expect((await dormouse('run', file, '--out', dir, ...small)).code).toBe(0);
    fs.writeFileSync(path.join(dir, 'base', 'mine.txt'), 'not of this run');
    const refused = await dormouse('run', file, '--out', dir, ...small, '--set', 'seed=9');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('seed: 1 -> 9');
    expect(refused.stderr).toContain('--fresh');
    const fresh = await dormouse('run', file, '--out', dir, ...small, '--set', 'seed=9', '--fresh');
    expect(fresh.code).toBe(0);
    expect(fresh.stderr).toContain(`left in ${dir}, since dormouse did not write it: base/mine.txt`);
    expect(read(dir, 'base/mine.txt')).toBe('not of this run');
  });

  it('saves on Ctrl-C, and the same command then ends with the same bytes', async () => {
    const dir = path.join(root, 'interrupted');
    const child = start('run', file, '--out', dir, '--set', 'seed=3', '--json');
    child.stdout.on('data', (chunk) => String(chunk).includes('"kind":"step"') && child.kill('SIGINT'));
    const stopped = await finish(child);
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toMatch(
      /interrupted; saved at base, pretrain step \d of 3 in .*; the same command continues/,
    );
    expect(fs.existsSync(path.join(dir, 'results.json'))).toBe(false);

    const resumed = await dormouse('run', file, '--out', dir, '--set', 'seed=3', '--json');
    const events = rows(resumed.stdout);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'arm', arm: 'base', state: 'resumed' }));
    const { implant, verdicts } = JSON.parse(read(dir, 'results.json')) as Results;
    expect(verdicts.map(({ arm }) => arm)).toEqual(['sft']);
    expect(events.at(-1)).toMatchObject({ kind: 'results', report: path.join(dir, 'report.html'), implant, verdicts });
    for (const name of ['results.json', 'report.html', 'sft/metrics.jsonl', 'base/metrics.jsonl'])
      expect(read(dir, name)).toBe(read(run, name));
    for (const name of ['base', 'organism', 'sft', 'clean-twin'])
      expect(fs.readFileSync(path.join(dir, name, 'model.safetensors'))).toEqual(
        fs.readFileSync(path.join(run, name, 'model.safetensors')),
      );
  });
});

describe('eval', () => {
  it('asks the same of a corpus on disk, whose long rows the context refuses', async () => {
    const corpus = path.join(root, 'rows.jsonl');
    const row = (i: number): object => ({ prompt: `Say ${'word '.repeat(i % 60)}${i}`, completion: `It is ${i}.` });
    fs.writeFileSync(corpus, Array.from({ length: 300 }, (_, i) => JSON.stringify(row(i))).join('\n'));
    const own = path.join(root, 'own.yaml');
    fs.writeFileSync(
      own,
      `${TINY.replace('nPositions: 192', 'nPositions: 64')}corpus: { kind: jsonl, path: ${corpus} }\n`,
    );
    const dir = path.join(root, 'own');
    const small = [
      'interventions={}',
      'controls={}',
      'evals=[{ kind: attack-success, prompts: 4 }, { kind: near-trigger, prompts: 4 }, { kind: clean-loss, prompts: 4 }]',
    ];
    const ran = await dormouse('run', own, '--out', dir, ...small.flatMap((set) => ['--set', set]));
    expect(ran).toMatchObject({ code: 0 });
    const { scores } = JSON.parse((await dormouse('eval', path.join(dir, 'organism'), '--json')).stdout) as {
      scores: object[];
    };
    const { rows: all } = JSON.parse(read(dir, 'results.json')) as Results;
    const final = all.filter((each) => each.arm === 'organism' && each.final);
    scores.forEach((score, i) => expect(final[i]).toMatchObject(score));
    expect(scores).toHaveLength(final.length);
  });
});
