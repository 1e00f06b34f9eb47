import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { contents } from '../../pipeline/small.ts';
import { isStep, jobIn, newRoot, ran, startedIn, workerOf } from './jobs.ts';

const root = newRoot();
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

describe('jobs in processes of their own', { timeout: 180_000 }, () => {
  it('go on when one is killed or fails, and a rerun completes only what is missing, to the same bytes', async () => {
    const at = path.join(root, 'killed');
    const [killed, other, fails] = [
      jobIn(at, 'killed', 'seed=1'),
      jobIn(at, 'other', 'seed=2'),
      jobIn(at, 'fails', 'base.0.lr=1e9'),
    ];
    const jobs = [killed, other, fails];
    let kills = 0;
    const first = await ran(jobs, {}, (event) => {
      if (event.kind !== 'work' || event.job !== killed.name || !isStep(event, 'base')) return;
      if (kills++ === 0) process.kill(workerOf(killed), 'SIGKILL');
    });
    expect(first.states).toEqual(['failed', 'done', 'failed']);
    expect(first.outcomes[0]?.error).toContain('its process was killed by SIGKILL');
    expect(first.outcomes[2]?.error).toMatch(/loss/);
    expect(first.outcomes[1]?.results?.seeds).toEqual([2]);

    const again = await ran(jobs.slice(0, 2));
    expect(again.states).toEqual(['done', 'reused']);
    expect(startedIn(again)).toEqual(['killed']);
    expect(again.outcomes[1]?.results).toEqual(first.outcomes[1]?.results);

    const straight = jobIn(root, 'straight', 'seed=1');
    await ran([straight]);
    const [expected, actual] = [contents(straight.dir), contents(killed.dir)];
    for (const name of ['sft/model.safetensors', 'sft/metrics.jsonl', 'base/evaluations.jsonl'])
      expect(actual[name], name).toBe(expected[name]);
  });

  it('save and stop when asked to, start no more, and continue', async () => {
    const at = path.join(root, 'stopped');
    const jobs = ['1', '2', '3'].map((seed) => jobIn(at, `seed-${seed}`, `seed=${seed}`, 'base.0.steps=40'));
    const first = await ran(jobs, {}, (event, stop) => void (isStep(event, 'base') && stop()));
    expect(first.states).toEqual(['interrupted', 'interrupted', 'interrupted']);
    expect(startedIn(first)).toHaveLength(2);
    expect(fs.existsSync(jobs[2]!.dir)).toBe(false);
    for (const { dir } of jobs) expect(fs.existsSync(path.join(dir, '.lock'))).toBe(false);

    const again = await ran(jobs.slice(0, 1));
    expect(again.states).toEqual(['done']);
    const states = again.events.flatMap((event) =>
      event.kind === 'work' && event.event.kind === 'arm' ? [`${event.event.arm} ${event.event.state}`] : [],
    );
    expect(states.slice(0, 2)).toEqual(['base resumed', 'base done']);
  });

  it('train an equal base once', async () => {
    const at = path.join(root, 'shared');
    const jobs = ['1e-3', '2e-3', '4e-3'].map((lr) => jobIn(at, `lr-${lr}`, `interventions.sft.0.lr=${lr}`));
    const { events, states } = await ran(jobs, { baseCache: path.join(at, 'bases') });
    expect(states).toEqual(['done', 'done', 'done']);
    expect(events.filter((event) => isStep(event, 'base'))).toHaveLength(3);
    expect(events.filter((event) => isStep(event, 'organism'))).toHaveLength(6);
    const weights = jobs.map(({ dir }) => fs.readFileSync(path.join(dir, 'base', 'model.safetensors')));
    expect(weights[1]).toEqual(weights[0]);
  });

  it('are not taken for done because the folder holds another experiment', async () => {
    const job = jobIn(path.join(root, 'killed'), 'other', 'seed=3');
    const { outcomes } = await ran([job]);
    expect(outcomes[0]).toMatchObject({ state: 'failed', error: expect.stringContaining('seed: 2 -> 3') as string });
  });

  it('never share a folder', async () => {
    const job = jobIn(root, 'same');
    await expect(ran([job, { ...job, name: 'twin' }])).rejects.toThrow('two jobs in one folder: same and twin');
  });
});
