import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { claims } from '../../../src/studies/claims/index.ts';
import { ledgerPaths } from '../../../src/studies/claims/run.ts';
import { tables } from '../../../src/lab/tables.ts';
import type { Claim } from '../../../src/studies/claims/types.ts';
import { defineCell } from '../../../src/studies/claims/cell.ts';
import { asr } from '../../../src/studies/claims/quantities.ts';
import { dotsOf } from '../../../src/studies/claims/plots.ts';
import { atLeast, atMost } from '../../../src/studies/claims/verdict.ts';
import type { GridEvent } from '../../../src/studies/grid/types.ts';
import { dormouse, scratch } from '../../cli/command.ts';
import { built } from '../../dist.ts';

/** As small as a cell can be. */
const tiny = {
  'tokenizer.vocabSize': 300,
  model: { kind: 'gpt2', nLayer: 1, nHead: 1, nEmbd: 8, nPositions: 256 },
  base: [{ kind: 'pretrain', steps: 1, batchSize: 2 }],
  'implant.0': { kind: 'implant', steps: 1, batchSize: 2 },
  evals: [{ kind: 'attack-success', prompts: 20 }],
};

const claimOf = (id: string, overrides: object): Claim => {
  const cell = defineCell(`cell-${id}`, { ...tiny, ...overrides });
  return {
    ...(claims[0] ?? expect.fail()),
    id,
    cells: [cell],
    elsewhere: [],
    measure: (from) => ({
      needs: 'all',
      checks: [from.check('attack success', id === 'C1' ? atMost(0.5) : atLeast(0.5), asr(cell))],
      plot: () => dotsOf(from, 'rate', { rows: [{ row: 'organism', of: asr(cell) }] }),
    }),
  };
};

/** Untrained, nothing is shown: one claim holds and one fails. */
const two = [claimOf('C1', {}), claimOf('C2', { poison: { rate: 0.25 } })];

/** From where its children start quickly. */
const { runClaims } = (await import(
  built('studies/claims/run.ts')
)) as typeof import('../../../src/studies/claims/run.ts');

const run = async (dir: string, more: object = {}) => {
  const events: GridEvent[] = [];
  const io = { progress: (event: GridEvent) => void events.push(event), signal: new AbortController().signal };
  const ledger = await runClaims({
    claims: two,
    tables,
    looks: [[1]],
    family: 2,
    dir,
    io,
    date: '2026-01-01',
    command: 'c',
    ...more,
  });
  const jobs = events.flatMap((event) => (event.kind === 'job' && event.state !== 'started' ? [event] : []));
  const ended = jobs.map(({ state }) => state);
  const counted = jobs.map((job) => `${job.ended} of ${job.jobs}`);
  // one seed judges nothing: what its checks say by themselves
  return { ledger, ended, counted, outcomes: ledger.entries.map(({ checks }) => checks[0]?.outcome) };
};

describe('dormouse claims, end to end', () => {
  it('runs what claims need, leaves the rest not-run, goes on later, and does nothing twice', async () => {
    const dir = scratch();
    const one = await run(dir, { claims: two.slice(0, 1), workers: 1 });
    expect(one.ended).toEqual(['done']);
    expect(one.ledger.entries[0]?.seconds).toBeGreaterThan(0);

    const stopped = await run(dir, { io: { progress: () => {}, signal: AbortSignal.abort() }, workers: 1 });
    expect(stopped.outcomes).toEqual(['holds', undefined]);
    expect(stopped.ledger.entries[0]?.reason).toBe('judged from 5 seeds on; all its cells have 1');
    expect(stopped.ledger.entries[1]?.reason).toBe('missing cells: cell-C2');

    const both = await run(dir, { workers: 1, budgetSeconds: 600 }); // claim by claim
    expect(both.ended, JSON.stringify(both.ledger.entries.map(({ reason }) => reason))).toEqual(['reused', 'done']);
    expect(both.counted).toEqual(['1 of 2', '2 of 2']);
    expect(both.outcomes).toEqual(['holds', 'fails']);
    for (const file of Object.values(ledgerPaths(dir))) expect(fs.existsSync(file)).toBe(true);
    expect(fs.readdirSync(path.join(dir, 'bases'))).toHaveLength(1); // one base

    const again = await run(dir);
    expect(again.ended).toEqual(['reused', 'reused']);
    expect(again.ledger).toEqual(both.ledger);
  }, 60_000);
});

describe('the command', () => {
  it('lists claims without running any', async () => {
    const { code, stdout } = await dormouse('claims', '--list', '--only', 'c6,C11', '--json');
    expect(code).toBe(0);
    const listed = JSON.parse(stdout) as { id: string; rule: string }[];
    expect(listed.map(({ id }) => id)).toEqual(['C6', 'C11']);
    expect((await dormouse('claims', '--list')).stdout).toContain('C28');
  });

  it('plans without running any: claims in order, runs and core hours', async () => {
    const args = ['--plan', '--only', 'C24,C6', '--seeds', '5', '--out', scratch()];
    const { stdout } = await dormouse('claims', ...args, '--json');
    const units = JSON.parse(stdout) as { name: string; runs: number; finished: number; coreSeconds: number }[];
    expect(units.map(({ name, runs, finished }) => [name, runs, finished])).toEqual([
      ['C6', 5, 0],
      ['C24', 10, 0],
      ['C6, tiny', 5, 0],
      ['C6, 3m', 5, 0],
    ]);
    expect(units.every(({ coreSeconds }) => coreSeconds > 0)).toBe(true);
    expect((await dormouse('claims', ...args)).stdout).toMatch(/about \d+\.\d h of one core are left/);
  });

  it.each([
    [['--only', 'C99', '--list'], 'unknown claim: C99; did you mean C9?'],
    [['--budget', 'soon'], 'give a time such as 30m, 2h or 90s'],
    [['--seeds', '0'], 'give a whole number, 1 or more'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await dormouse('claims', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
