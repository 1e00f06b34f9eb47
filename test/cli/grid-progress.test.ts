import { tables } from '../../src/lab/tables.ts';
import { describe, expect, it } from 'vitest';
import { createGridProgress } from '../../src/cli/grid-progress.ts';
import type { GridEvent } from '../../src/studies/grid/types.ts';
import { jobIn } from '../studies/grid/jobs.ts';

const jobs = ['a', 'b', 'c', 'd'].map((name) => jobIn('root', name, 'evals=[]'));

function view(isTTY: boolean) {
  let now = 0;
  let written = '';
  const stream = { isTTY, columns: 70, write: (text: string) => Boolean((written += text)) } as NodeJS.WriteStream;
  const progress = createGridProgress({ jobs, tables, stream, clock: () => now });
  return { progress, pass: (ms: number) => (now += ms), written: () => written };
}
const job = (name: string, state: 'started' | 'done' | 'reused', ended: number, seconds = 0): GridEvent => ({
  ...{ kind: 'job', job: name, state, ended, jobs: jobs.length, seconds },
});
const step = (name: string, done: number): GridEvent => ({
  kind: 'work',
  job: name,
  event: { kind: 'step', arm: 'sft', stage: 'sft', loss: 1, tokens: 1000, steps: 100, total: 100, step: done, done },
});

describe('progress of a grid', () => {
  it('adds up what all workers do, and reckons with the jobs that wait', () => {
    const { progress, pass, written } = view(false);
    progress.see(job('a', 'reused', 1));
    for (const name of ['b', 'c']) progress.see(job(name, 'started', 1));
    for (let i = 1; i <= 50; i++) {
      pass(500);
      for (const name of ['b', 'c']) progress.see(step(name, i));
    }
    const lines = written().trim().split('\n');
    expect(lines[0]).toBe('1 of 4 jobs found finished');
    // after 20.5 s b has 29.5 s left and c 30 s; d will take as long as they do, 50.25 s: half of it all
    expect(lines[5]).toBe('1/4 jobs  4k tokens/s  b sft 41/100 | c sft 40/100  ETA 0:55');
    expect(lines).toHaveLength(6);
  });

  it('says how jobs stand that a cluster has', () => {
    const { progress, pass, written } = view(false);
    progress.see(job('a', 'reused', 1));
    progress.see({ kind: 'queue', running: 1, waiting: 2, reason: 'Priority', share: 0.379, secondsLeft: 65 });
    pass(6000);
    progress.see({ kind: 'queue', running: 3, waiting: 0, reason: '', share: 0.5 });
    expect(written()).toBe(
      '1/4 jobs  37 %  1 running, 2 waiting (Priority)  ETA 1:05\n1/4 jobs  50 %  3 running, 0 waiting\n',
    );
  });

  it('is one live line on a terminal, and keeps a line for every job that ends', () => {
    const { progress, pass, written } = view(true);
    progress.see(job('a', 'started', 0));
    for (let i = 1; i <= 3; i++) {
      pass(250);
      progress.see(step('a', i));
    }
    progress.see(job('a', 'done', 1, 65));
    progress.see({ ...job('b', 'done', 2, 3), state: 'failed', error: 'killed\nby somebody' } as GridEvent);
    const shown = written().split('\r\x1b[2K').slice(1);
    for (const line of shown.slice(0, 3)) expect(line.length).toBeLessThan(70);
    expect(shown.slice(3)).toEqual(['done  a  1 min 5 s, 1 of 4\nfailed  b  3 s, 2 of 4\n  killed\n']);
  });
});
