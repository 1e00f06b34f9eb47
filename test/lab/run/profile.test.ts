import { describe, expect, it } from 'vitest';
import { profileTable } from '../../../src/cli/profile.ts';
import { createProfiler, timed, timedBatches } from '../../../src/lab/run/profile.ts';
import type { InputSource } from '../../../src/nn/training/losses.ts';

/** A clock that goes on only when told to. */
function handClock(): { clock: () => number; pass: (ms: number) => void } {
  let now = 1000;
  return { clock: () => now, pass: (ms) => void (now += ms) };
}

describe('the profiler', () => {
  it('books every moment once: nested work comes off the outer, and what nobody claims is other', async () => {
    const { clock, pass } = handClock();
    const profiler = createProfiler(clock);
    pass(100);
    profiler.at('sft', 'sft');
    await profiler.time('steps', async () => {
      pass(600);
      await profiler.time('compile', () => pass(200));
      pass(50);
      await profiler.time('save', () => pass(30));
    });
    profiler.at('dpo', 'dpo');
    await profiler.time('steps', () => pass(20));
    const line = (arm: string, stage: string, part: string, seconds: number) => ({ arm, stage, part, seconds });
    expect(profiler.profile()).toEqual({
      format: 'dormouse-profile-1',
      seconds: 1,
      outsideSteps: expect.closeTo(0.33, 10) as number,
      lines: [
        line('(experiment)', 'prepare', 'other', 0.1),
        line('sft', 'sft', 'other', 0),
        line('sft', 'sft', 'steps', 0.65),
        line('sft', 'sft', 'compile', 0.2),
        line('sft', 'sft', 'save', 0.03),
        line('dpo', 'dpo', 'other', 0),
        line('dpo', 'dpo', 'steps', 0.02),
      ],
    });
  });

  it('closes the account of work that fails, and lets the failure through', async () => {
    const { clock, pass } = handClock();
    const profiler = createProfiler(clock);
    const fails = profiler.time('data', () => {
      pass(10);
      throw new Error('no rows');
    });
    await expect(fails).rejects.toThrow('no rows');
    pass(5);
    const seconds = Object.fromEntries(profiler.profile().lines.map((line) => [line.part, line.seconds]));
    expect(seconds).toEqual({ data: 0.01, other: 0.005 });
  });

  it('is not needed: work is done all the same', async () => {
    expect(await timed({}, 'data', () => 7)).toBe(7);
    await expect(timed({}, 'save', () => Promise.reject(new Error('full')))).rejects.toThrow('full');
  });

  it('accounts for batches, whether they come from data or from the policy', async () => {
    const { clock, pass } = handClock();
    const profiler = createProfiler(clock);
    const made = { specs: {}, values: {}, weight: 1, tokens: 1 };
    const source: InputSource = { next: () => (pass(40), made), state: () => 3, restore: () => pass(1) };
    expect(timedBatches(source, {})).toBe(source);
    const wrapped = timedBatches(source, { profiler }) as InputSource;
    expect(await wrapped.next()).toBe(made);
    expect(wrapped.state()).toBe(3);
    const ofPolicy = timedBatches(() => source, { profiler }) as (policy: never) => InputSource;
    await ofPolicy(undefined as never).next();
    expect(profiler.profile().lines.find(({ part }) => part === 'data')?.seconds).toBe(0.08);
  });
});

it('the table says what took longest first, and sums what is short', () => {
  const lines = Array.from({ length: 10 }, (_, i) => ({
    arm: `a${i}`,
    stage: 's',
    part: 'steps' as const,
    seconds: i,
  }));
  const table = profileTable({
    ...{ format: 'dormouse-profile-1', seconds: 50, outsideSteps: 0.1 },
    lines: [...lines, { arm: 'a9', stage: 's', part: 'eval capability', seconds: 5 }],
  });
  expect(table[1]).toMatch(/^ {2}training steps +90\.0 % +45\.0$/);
  expect(table[2]).toMatch(/^ {2}eval capability +10\.0 % +5\.0$/);
  expect(table[4]).toMatch(/^ {2}a9: s +28\.0 % +14\.0$/);
  expect(table).toContainEqual(expect.stringMatching(/^ {2}2 more +2\.0 % +1\.0$/));
  expect(table.at(-1)).toBe('10.0 % of the time outside training steps');
});
