import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cancelIn } from '../../../../src/studies/grid/slurm/index.ts';
import { fakeCluster, ranOn } from './cluster.ts';
import type { ClusterPlan } from './cluster.ts';

let made: ReturnType<typeof fakeCluster> | undefined;
const cluster = (plan?: ClusterPlan): ReturnType<typeof fakeCluster> => (made = fakeCluster(plan));
afterEach(() => {
  vi.unstubAllEnvs();
  if (made) fs.rmSync(made.root, { recursive: true, force: true });
  made = undefined;
});

const DONE = { state: 'COMPLETED', said: { done: 10, total: 10, ending: { kind: 'done' } } };
const cut = (done: number, state = 'TIMEOUT') => ({ state, said: { done, total: 10 } });
const seedsOf = ({ outcomes }: Awaited<ReturnType<typeof ranOn>>) => outcomes.map(({ results }) => results?.seeds);
const statesOf = ({ outcomes }: Awaited<ReturnType<typeof ranOn>>) => outcomes.map(({ state }) => state);

describe('jobs on a cluster', () => {
  it('are an array, and each is given its own results; finished ones are not submitted', async () => {
    const here = cluster();
    const first = await ranOn(here, here.jobs([2]));
    expect(seedsOf(first)).toEqual([[2]]);
    const ran = await ranOn(here, here.jobs([1, 2, 3]));
    expect(seedsOf(ran)).toEqual([[1], [2], [3]]);
    expect(statesOf(ran)).toEqual(['done', 'reused', 'done']);
    expect(here.arrays()).toEqual([[2], [1, 3]]);
    expect(ran.told).toEqual(['reused seed-2', 'started seed-1', 'started seed-3', 'done seed-1', 'done seed-3']);
    expect(ran.outcomes.map(({ seconds }) => seconds)).toEqual([1, 0, 1]);
    expect(ran.queues.map(({ running, waiting, reason }) => [running, waiting, reason])).toEqual([
      [0, 2, ''],
      [2, 0, ''],
    ]);
  });

  it('go on from their last save when their time or their machine is taken away, as long as they come further', async () => {
    const here = cluster({ ends: { 2: [cut(3), cut(6, 'PREEMPTED'), cut(7, 'NODE_FAIL'), DONE] } });
    const ran = await ranOn(here, here.jobs([1, 2]));
    expect(seedsOf(ran)).toEqual([[1], [2]]);
    expect(here.arrays()).toEqual([[1, 2], [2], [2], [2]]);
    expect(ran.notes).toEqual(
      ['TIMEOUT at step 3', 'PREEMPTED at step 6', 'NODE_FAIL at step 7'].map(
        (why) => `1 job to go on from the last save: ${why} of 10`,
      ),
    );
    expect(ran.outcomes[1]?.seconds).toBe(4);
  });

  it('fail where three attempts in a row come no further, or for a reason that another attempt would not mend', async () => {
    const here = cluster({
      ends: {
        1: [cut(3), cut(3), cut(2), cut(3)],
        2: [{ state: 'FAILED', said: { done: 1, total: 10, ending: { kind: 'failed', error: 'loss NaN' } } }],
        3: [cut(4, 'OUT_OF_MEMORY')],
        4: [{ state: 'FAILED', log: 'line 3: module: command not found\n' }],
        5: [cut(4, 'CANCELLED')],
      },
    });
    const ran = await ranOn(here, here.jobs([1, 2, 3, 4, 5]));
    expect(ran.outcomes.map(({ error }) => error)).toEqual([
      '3 attempts came no further (the last: TIMEOUT at step 3 of 10); raise time in the profile',
      'loss NaN',
      'it needs more memory than 4G: raise memory in the profile',
      'it could not begin in 3 attempts (the last: FAILED): look at the setup lines of the profile\nline 3: module: command not found',
      'cancelled on the cluster; what it saved is kept',
    ]);
    expect(here.tasks().map(({ seed }) => seed).sort()).toEqual([1, 1, 1, 1, 2, 3, 4, 4, 4, 5]); // prettier-ignore
  });

  it('wait for room in a full queue, in arrays as long as it takes', async () => {
    const here = cluster({ limit: 3, longest: 2 });
    const ran = await ranOn(here, here.jobs([1, 2, 3, 4, 5]));
    expect(seedsOf(ran)).toEqual([[1], [2], [3], [4], [5]]);
    expect(here.arrays()).toEqual([[1, 2], [3], [4], [5]]);
    expect(ran.notes).toEqual([
      'the queue takes no more now (QOSMaxSubmitJobPerUserLimit): what is left is submitted when there is room',
    ]);
  });

  it('outlive whoever submitted them, and are found again in the queue', async () => {
    const here = cluster({ isFrozen: true });
    const jobs = here.jobs([1, 2]);
    const left = await ranOn(here, jobs, { onEvent: (event, stop) => void (event.kind === 'queue' && stop()) });
    expect(statesOf(left)).toEqual(['interrupted', 'interrupted']);
    expect(here.tasks().map(({ state }) => state)).toEqual(['PENDING', 'PENDING']);
    here.set({});
    const ran = await ranOn(here, here.jobs([2, 3, 1]));
    expect(seedsOf(ran)).toEqual([[2], [3], [1]]);
    expect(ran.notes).toEqual(['2 jobs found in the queue']);
    expect(here.arrays()).toEqual([[1, 2], [3]]);
  });

  it('are cancelled when that is asked for, and submitted anew by the same command', async () => {
    const here = cluster({ isFrozen: true });
    await ranOn(here, here.jobs([1, 2]), { onEvent: (event, stop) => void (event.kind === 'queue' && stop()) });
    expect(await cancelIn(path.join(here.root, 'slurm'))).toBe(2);
    expect(here.tasks().map(({ state }) => state)).toEqual(['CANCELLED', 'CANCELLED']);
    expect(await cancelIn(path.join(here.root, 'slurm'))).toBe(0);
    here.set({});
    expect(statesOf(await ranOn(here, here.jobs([1, 2])))).toEqual(['done', 'done']);
    expect(here.arrays()).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('with an equal base wait for the array of the one that makes it', async () => {
    const here = cluster();
    const lrs = ['1e-3', '2e-3', '4e-3'].flatMap((lr) => here.jobs([1, 2], [`implant.0.lr=${lr}`]));
    const ran = await ranOn(here, lrs, { baseCache: path.join(here.root, 'bases') });
    expect(seedsOf(ran)).toEqual([[1], [2], [1], [2], [1], [2]]);
    expect(here.arrays()).toEqual([
      [1, 2],
      [1, 2, 1, 2],
    ]);
    expect(here.tasks().map(({ after }) => after)).toEqual([[], [], ['100'], ['100'], ['100'], ['100']]);
  });

  it.each([
    [true, 'cancelled on the cluster; what it saved is kept'],
    [false, undefined],
  ])('that Slurm has forgotten are looked up in its accounts (%s), or tried again', async (accounts, error) => {
    const here = cluster({ accounts, ends: { 1: [{ ...cut(3, 'CANCELLED'), isForgotten: true }, DONE] } });
    const { outcomes } = await ranOn(here, here.jobs([1]));
    expect(outcomes[0]?.error).toBe(error);
    expect(outcomes[0]?.results?.seeds).toEqual(error === undefined ? [1] : undefined);
  });

  it('are not taken for lost while the controller is away', async () => {
    const here = cluster({ isFrozen: true });
    let looks = 0;
    const ran = await ranOn(here, here.jobs([1]), {
      onEvent(event) {
        if (event.kind === 'queue' && looks++ === 0) here.set({ silent: true });
        if (event.kind === 'note') here.set({});
      },
    });
    expect(statesOf(ran)).toEqual(['done']);
    expect(ran.notes).toEqual([
      'squeue does not answer: slurm_load_jobs error: Unable to contact slurm controller (connect failure)',
    ]);
    expect(here.arrays()).toEqual([[1]]);
  });

  it('that no queue will take are an error with its words', async () => {
    const here = cluster({ refuses: ['sbatch: error: invalid partition specified: mian', 'sbatch: error: Batch job submission failed: Invalid partition name specified'] }); // prettier-ignore
    await expect(ranOn(here, here.jobs([1]))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/^sbatch refused: invalid partition specified: mian; mend cluster.yaml \(/) as string, // prettier-ignore
    });
    expect(fs.readdirSync(path.join(here.root, 'slurm'))).toHaveLength(1); // what was refused, to be looked at
    here.set({ refuses: ['sbatch: error: QOSMaxCpuPerJobLimit', 'sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, ...)'] }); // prettier-ignore
    await expect(ranOn(here, here.jobs([1]))).rejects.toThrow('sbatch refused: QOSMaxCpuPerJobLimit');
    // no profile mends these
    for (const refusal of [
      'resolve_ctls_from_dns_srv: res_nsearch error: Unknown host',
      's_p_parse_file: unable to read "/etc/slurm/slurm.conf": Permission denied',
    ]) {
      // prettier-ignore
      here.set({ refuses: [`sbatch: error: ${refusal}`] });
      await expect(ranOn(here, here.jobs([1]))).rejects.toThrow(
        `sbatch refused: ${refusal}; is Slurm's controller reached from here?`,
      );
    }
  });

  it('need the programs of Slurm', async () => {
    const here = cluster();
    vi.stubEnv('PATH', path.join(here.root, 'nothing'));
    await expect(ranOn(here, here.jobs([1]))).rejects.toThrow(/^sbatch not found: --executor slurm asks Slurm/);
  });
});
