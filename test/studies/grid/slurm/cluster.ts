import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { tables } from '../../../../src/lab/tables.ts';
import { runJobs } from '../../../../src/studies/grid/run-jobs.ts';
import { slurm } from '../../../../src/studies/grid/slurm/index.ts';
import { parseProfile } from '../../../../src/studies/grid/slurm/profile.ts';
import type { GridEvent, Job, JobOutcome } from '../../../../src/studies/grid/types.ts';
import { fixture } from '../../../report/fixture.ts';
import { tiny } from '../../../tiny.ts';

/** How an attempt ends: what Slurm says, and what the job itself said before. */
interface End {
  readonly state: string;
  readonly said?: object;
  readonly log?: string;
  /** Slurm no longer knows of it. */
  readonly isForgotten?: boolean;
}

/** What the fake cluster does; see fake-slurm.mjs. */
export interface ClusterPlan {
  readonly limit?: number;
  readonly longest?: number;
  readonly ends?: Readonly<Record<number, readonly End[]>>;
  readonly refuses?: readonly string[];
  readonly silent?: boolean;
  readonly accounts?: boolean;
  readonly isFrozen?: boolean;
}

/** A task as the fake keeps it. */
export interface FakeTask {
  readonly id: string;
  readonly index: number;
  readonly state: string;
  readonly after: readonly string[];
  readonly seed: number;
}

/** A cluster whose programs are the first on the PATH, until `vi.unstubAllEnvs`. */
export function fakeCluster(plan: ClusterPlan = {}) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-slurm-'));
  const bin = path.join(root, 'bin');
  fs.mkdirSync(bin);
  for (const program of ['sbatch', 'squeue', 'sacct', 'scancel'])
    fs.symlinkSync(fileURLToPath(new URL('fake-slurm.mjs', import.meta.url)), path.join(bin, program));
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  vi.stubEnv('FAKE_SLURM', root);
  const set = (next: ClusterPlan): void => fs.writeFileSync(path.join(root, 'plan.json'), JSON.stringify(next));
  set(plan);
  fs.writeFileSync(path.join(root, 'results.json'), JSON.stringify(fixture()));
  const read = (): FakeTask[] =>
    fs.existsSync(path.join(root, 'tasks.json'))
      ? (JSON.parse(fs.readFileSync(path.join(root, 'tasks.json'), 'utf8')) as FakeTask[])
      : [];
  return {
    root,
    set,
    tasks: read,
    /** Seeds of each array, in the order in which they were submitted. */
    arrays: (): number[][] => {
      const ids = [...new Set(read().map(({ id }) => id))];
      return ids.map((id) => read().flatMap((task) => (task.id === id ? task.seed : [])));
    },
    jobs: (seeds: readonly number[], set: readonly string[] = []): Job[] =>
      seeds.map((seed) => ({
        name: `seed-${seed}${set.join()}`,
        experiment: tiny({}, [`seed=${seed}`, ...set]),
        dir: path.join(root, `seed-${seed}${set.join()}`),
        command: '',
      })),
  };
}

export interface Ran {
  readonly outcomes: readonly JobOutcome[];
  /** `done seed-1`, in the order in which they were told. */
  readonly told: readonly string[];
  readonly notes: readonly string[];
  readonly queues: readonly Extract<GridEvent, { kind: 'queue' }>[];
}

/** Runs jobs on the fake cluster; `onEvent` may stop it. */
export async function ranOn(
  { root }: { readonly root: string },
  jobs: readonly Job[],
  { baseCache, onEvent = () => {} }: { readonly baseCache?: string; onEvent?(event: GridEvent, stop: () => void): void } = {}, // prettier-ignore
): Promise<Ran> {
  const events: GridEvent[] = [];
  const controller = new AbortController();
  const progress = (event: GridEvent): void => {
    events.push(event);
    onEvent(event, () => controller.abort());
  };
  const profile = parseProfile('{ partition: main, time: 10, memory: 4G, pollSeconds: 0.1 }', 'cluster.yaml');
  const executor = slurm({ profile, file: 'cluster.yaml', dir: path.join(root, 'slurm') });
  const outcomes = await runJobs(jobs, {
    ...{ tables, executor, io: { progress, signal: controller.signal } },
    ...(baseCache !== undefined && { baseCache }),
  });
  return {
    outcomes,
    told: events.flatMap((event) => (event.kind === 'job' ? [`${event.state} ${event.job}`] : [])),
    notes: events.flatMap((event) => (event.kind === 'note' ? [event.text] : [])),
    queues: events.filter((event) => event.kind === 'queue'),
  };
}
