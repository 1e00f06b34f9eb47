import { expect, it } from 'vitest';
import { complain } from '../../src/cli/grid.ts';
import { Interrupted } from '../../src/lab/run/progress.ts';
import type { JobOutcome } from '../../src/studies/grid/index.ts';
import { fixture } from '../report/fixture.ts';
import { tiny } from '../tiny.ts';

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
