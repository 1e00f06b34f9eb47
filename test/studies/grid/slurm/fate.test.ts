import { expect, it } from 'vitest';
import { fateOf } from '../../../../src/studies/grid/slurm/fate.ts';
import { createPace } from '../../../../src/studies/grid/slurm/pace.ts';
import type { Ending } from '../../../../src/studies/grid/types.ts';

const said = (done: number, ending?: Ending) => ({
  batch: 'a',
  seconds: 1,
  done,
  total: 10,
  ...(ending && { ending }),
});
const left = { idle: 0, log: '', memory: '4G' };
const STOPPED = { kind: 'interrupted' } as const;

it.each([
  ['COMPLETED', said(10, { kind: 'done' }), { kind: 'done' }],
  ['TIMEOUT', said(10, { kind: 'done' }), { kind: 'done' }], // it had all written when its time was up
  ['FAILED', said(3, { kind: 'failed', error: 'loss NaN' }), { kind: 'failed', error: 'loss NaN' }],
  ['COMPLETED', said(4, STOPPED), { kind: 'again', why: 'stopped at step 4 of 10' }],
  ['PREEMPTED', said(4, STOPPED), { kind: 'again', why: 'PREEMPTED at step 4 of 10' }],
  ['NODE_FAIL', undefined, { kind: 'again', why: 'NODE_FAIL before it began' }],
  [undefined, said(4), { kind: 'again', why: 'LOST at step 4 of 10' }],
  ['CANCELLED', said(4, STOPPED), { kind: 'failed', error: 'cancelled on the cluster; what it saved is kept' }],
  ['OUT_OF_MEMORY', said(4), { kind: 'failed', error: 'it needs more memory than 4G: raise memory in the profile' }],
])('a job that Slurm ended as %s, after %j', (state, status, fate) => {
  expect(fateOf({ ...left, state, status })).toEqual(fate);
});

it('a third attempt that comes no further is the last', () => {
  const cut = { ...left, state: 'TIMEOUT', status: said(4), log: 'last words' };
  expect(fateOf({ ...cut, idle: 2 })).toEqual({ kind: 'again', why: 'TIMEOUT at step 4 of 10' });
  expect(fateOf({ ...cut, idle: 3 })).toEqual({
    kind: 'failed',
    error: '3 attempts came no further (the last: TIMEOUT at step 4 of 10); raise time in the profile\nlast words',
  });
});

it('jobs stand together where their parts are, and will be done at the pace since the first look', () => {
  let now = 0;
  const pace = createPace(4, () => now);
  const at = (state: string, part = 0, reason = '') => ({ seen: { state, reason, id: '1' }, part: () => part });
  const waiting = [at('PENDING', 0, 'Priority'), at('PENDING', 0, 'Resources'), at('PENDING', 0, 'Resources')];
  expect(pace([...waiting, at('RUNNING', 0.5)])).toEqual({ running: 1, waiting: 3, reason: 'Resources', share: 0.125 });
  now = 10_000;
  expect(pace([at('RUNNING', 0.2), at('RUNNING', 0.4), { seen: undefined, part: () => 1 }])).toEqual({
    ...{ running: 2, waiting: 1, reason: '', share: 0.4 },
    secondsLeft: expect.closeTo((10 * 0.6) / 0.275) as number,
  });
});
