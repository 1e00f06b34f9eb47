import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { experimentHash } from '../../../../src/lab/experiment/compare.ts';
import { readResults } from '../../../../src/archive/results-file.ts';
import { writeArray } from '../../../../src/studies/grid/slurm/batches.ts';
import { parseProfile } from '../../../../src/studies/grid/slurm/profile.ts';
import { readStatus } from '../../../../src/studies/grid/slurm/status.ts';
import type { Status } from '../../../../src/studies/grid/slurm/status.ts';
import { built } from '../../../dist.ts';
import { jobIn, newRoot } from '../jobs.ts';

const root = newRoot();
const dir = path.join(root, 'slurm');
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const TASK = built('studies/grid/slurm/task.ts');
const jobs = [jobIn(root, 'one', 'seed=1', 'base.0.steps=1000'), jobIn(root, 'two', 'seed=2')];
const hashes = jobs.map(({ experiment }) => experimentHash(experiment));
const array = writeArray(
  dir,
  jobs.map(({ experiment, dir: own, command }, i) => ({
    hash: hashes[i]!,
    request: { experiment, dir: own, command, autoThreads: 1 },
  })),
  { profile: parseProfile('time: 10', 'c.yaml'), after: [], command: { cwd: root, words: ['node'] }, now: 1.7e12 },
);

/** As Slurm does it: in a group of its own, all of which is told to end. */
const start = (index: number): ChildProcess =>
  spawn(process.execPath, [TASK, dir, array, String(index)], { stdio: 'ignore', detached: true });
const end = (child: ChildProcess): boolean => process.kill(-child.pid!, 'SIGTERM');
const exit = async (child: ChildProcess): Promise<unknown> => (await once(child, 'close'))[0];
async function until(index: number, test: (status: Status) => boolean): Promise<void> {
  for (;;) {
    const status = readStatus(dir, hashes[index]!);
    if (status && test(status)) return;
    await wait(50);
  }
}

describe('a task on a node', { timeout: 180_000 }, () => {
  it('runs the job of its number; told to end, it saves and says so, and goes on the next time', async () => {
    const first = start(0);
    while (!fs.existsSync(path.join(jobs[0]!.dir, 'base/metrics.jsonl'))) await wait(20); // it trains
    end(first);
    expect(await exit(first)).toBe(0);
    const status = readStatus(dir, hashes[0]!)!;
    expect(status).toMatchObject({ batch: array, ending: { kind: 'interrupted' }, total: 1004 });
    expect(fs.existsSync(path.join(jobs[0]!.dir, 'results.json'))).toBe(false);

    expect(await exit(start(0))).toBe(0);
    expect(readStatus(dir, hashes[0]!)).toMatchObject({ ending: { kind: 'done' }, done: 1004 });
    expect(readStatus(dir, hashes[0]!)!.seconds).toBeGreaterThan(status.seconds);
    expect(readResults(jobs[0]!.dir).seeds).toEqual([1]);
    expect(fs.existsSync(jobs[1]!.dir)).toBe(false);
  });

  it('waits for the lock of a machine that may be gone, and has not failed when a process of its own is ended with it', async () => {
    fs.mkdirSync(jobs[1]!.dir, { recursive: true });
    const lock = path.join(jobs[1]!.dir, '.lock');
    fs.writeFileSync(lock, JSON.stringify({ pid: 1, host: `not-${os.hostname()}`, birth: '' }));
    const task = start(1);
    await until(1, () => true);
    await wait(3000);
    expect(readStatus(dir, hashes[1]!)).not.toHaveProperty('ending');
    expect(fs.readdirSync(jobs[1]!.dir)).toEqual(['.lock']);
    fs.utimesSync(lock, 0, 0); // not renewed for long
    while (!fs.existsSync(path.join(jobs[1]!.dir, 'experiment.yaml'))) await wait(20); // its tokenizer is trained next, in a process of its own
    await wait(200);
    end(task);
    expect(await exit(task)).toBe(0);
    expect(readStatus(dir, hashes[1]!)?.ending).toEqual({ kind: 'interrupted' });
  });
});
