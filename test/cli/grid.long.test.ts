import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GridResults } from '../../src/report/grid/types.ts';
import type { Results } from '../../src/results/types.ts';
import { dormouse, finish, MAIN, scratch } from './command.ts';
import { MODEL, tinyFile } from '../tiny.ts';

const root = scratch();
const file = path.join(root, 'tiny.yaml');
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const tiny = (steps: number, more: object = {}): string =>
  tinyFile({
    model: { ...MODEL, nPositions: 192 },
    engine: undefined,
    base: [{ kind: 'pretrain', steps, batchSize: 4 }],
    interventions: { sft: [{ kind: 'sft', steps: 2, batchSize: 4 }] },
    evals: [{ kind: 'attack-success', prompts: 4 }],
    ...more,
  });
beforeAll(() => fs.writeFileSync(file, tiny(30)));

/** In a process group of its own, as a terminal starts it: a Ctrl-C goes to the whole group. */
const start = (...args: string[]): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, NO_COLOR: '1' },
    detached: true,
  });
const read = <T>(...parts: string[]): T => JSON.parse(fs.readFileSync(path.join(...parts), 'utf8')) as T;

describe('run --seeds', () => {
  const dir = path.join(root, 'seeds');
  const args = ['run', file, '--seeds', '3,5', '--workers', '2', '--out', dir];

  it(
    'saves every seed on Ctrl-C, and the same command continues and reports them as one',
    { timeout: 180_000 },
    async () => {
      const child = start(...args, '--json');
      let sent = false;
      child.stdout.on('data', (chunk) => {
        if (sent || !String(chunk).includes('"kind":"step"')) return;
        sent = process.kill(-child.pid!, 'SIGINT');
      });
      const stopped = await finish(child);
      expect(stopped.code).toBe(130);
      expect(stopped.stderr).toMatch(/interrupted; 0 of 2 jobs ended, .* saved in .*; the same command continues/);
      expect(fs.existsSync(path.join(dir, 'results.json'))).toBe(false);
      for (const seed of ['seed-3', 'seed-5']) expect(fs.existsSync(path.join(dir, seed, '.lock'))).toBe(false);

      const resumed = await finish(start(...args, '--json'));
      expect(resumed.code).toBe(0);
      expect(resumed.stdout).toContain('"state":"resumed"');
      const { seeds, rows, command, differences } = read<Results>(dir, 'results.json');
      expect(seeds).toEqual([3, 5]);
      expect(new Set(rows.map(({ seed }) => seed))).toEqual(new Set([3, 5]));
      expect(command).toBe(`npx dormouse run ${file} --seeds 3,5`);
      expect(differences?.length).toBeGreaterThan(0);
      expect(fs.readFileSync(path.join(dir, 'report.html'), 'utf8')).toContain('t over the seeds');
    },
  );

  it('finds everything done the second time, with a table over both seeds', async () => {
    const before = fs.readFileSync(path.join(dir, 'results.json'), 'utf8');
    const again = await dormouse(...args);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toMatch(/over 2 seeds[^]*n=8/);
    expect(fs.readFileSync(path.join(dir, 'results.json'), 'utf8')).toBe(before);
    expect((await dormouse('report', dir)).stdout).toContain('over 2 seeds');
  });

  it('keeps out of folders that are not its own', async () => {
    const single = await dormouse('run', file, '--out', dir);
    expect(single).toMatchObject({ code: 1, stderr: expect.stringContaining('is not the folder of a run') as string });
    const grid = await dormouse('run', file, '--seeds', '2', '--out', path.join(dir, 'seed-3'));
    expect(grid).toMatchObject({ code: 1, stderr: expect.stringContaining('holds a single run') as string });
  });

  it.each([
    ['0', /whole number/],
    ['1,1', /every seed once/],
    ['1,x', /whole number/],
  ])('--seeds %s exits 2', async (seeds, message) => {
    expect(await dormouse('run', file, '--seeds', seeds)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(message) as string,
    });
  });
});

describe('run with a sweep', () => {
  const dir = path.join(root, 'sweep');
  const swept = path.join(root, 'sweep.yaml');

  it('runs every cell, reports the ones that fail, and ends with 1', { timeout: 180_000 }, async () => {
    fs.writeFileSync(swept, tiny(3, { sweep: { 'base.0.lr': [1e-3, 1e12] } }));
    const { code, stdout, stderr } = await finish(start('run', swept, '--out', dir));
    expect(code).toBe(1);
    expect(stderr).toMatch(/1 of 2 jobs failed; the same command runs only those again\n +lr=1000000000000_.*: .*loss/);
    expect(stdout).toContain(path.join(dir, 'sweep.csv'));
    const { cells, rows, seeds } = read<GridResults>(dir, 'sweep.json');
    expect(cells.map(({ values, seeds, missing }) => [values[0], seeds, missing.length])).toEqual([
      ['0.001', [1], 0],
      ['1000000000000', [], 1],
    ]);
    expect(rows.filter(({ arm, metric }) => arm === 'sft' && metric === 'ASR')).toHaveLength(1);
    expect(seeds).toEqual([1]);
    expect(fs.readFileSync(path.join(dir, 'sweep.html'), 'utf8')).toContain('did not finish');
  });

  it('is told and written again by report', async () => {
    fs.rmSync(path.join(dir, 'sweep.html'));
    const { code, stdout } = await dormouse('report', dir);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `report  ${path.join(dir, 'sweep.html')}\n` });
    expect(fs.existsSync(path.join(dir, 'sweep.html'))).toBe(true);
  });

  it('is counted by check', async () => {
    const { code, stdout } = await dormouse('check', swept, '--seeds', '5');
    expect(code).toBe(0);
    expect(stdout).toMatch(/10 jobs: 2 cells x 5 seeds, 10 different bases/);
    expect(stdout).toMatch(/about .* in all/);
  });

  it('is wrong as a --set would be wrong', async () => {
    const { code, stderr } = await dormouse('run', file, '--set', 'sweep={ base.0.lrr: [1] }');
    expect(code).toBe(2);
    expect(stderr).toMatch(/sweep base\.0\.lrr=1 base\.0\.lrr: unknown key; did you mean "lr"/);
  });
});
