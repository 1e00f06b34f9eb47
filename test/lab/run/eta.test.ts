import { expect, it } from 'vitest';
import { createEta } from '../../../src/lab/run/eta.ts';
import type { Progress } from '../../../src/lab/run/progress.ts';

const step = (done: number, total: number): Progress => ({
  ...{ kind: 'step', arm: 'a', stage: 'sft', loss: 1, tokens: 500, steps: total, step: done },
  ...{ done, total },
});

it('adds the steps left and the evals left, each at its measured pace', () => {
  let now = 0;
  const eta = createEta({ a: ['slow', 'quick'], b: ['slow', 'quick'] }, () => now);
  const after = (seconds: number, event: Progress): void => {
    now += 1000 * seconds;
    eta.see(event);
  };
  eta.see({ kind: 'arm', arm: 'a', state: 'started', step: 0 });
  expect(eta.secondsLeft()).toBeUndefined();
  after(9, step(1, 20)); // compiled: not a pace
  for (let i = 2; i <= 10; i++) after(2, step(i, 20));
  expect(eta.tokensPerSecond()).toBe(250);
  after(0, { kind: 'eval', arm: 'a', eval: 'slow', step: 10 });
  after(30, { kind: 'eval', arm: 'a', eval: 'quick', step: 10 });
  after(1, { kind: 'arm', arm: 'a', state: 'done', step: 10 });
  expect(eta.secondsLeft()).toBe(10 * 2 + 30 + 1);
  eta.see({ kind: 'arm', arm: 'b', state: 'reused', step: 0 });
  expect(eta.secondsLeft()).toBe(10 * 2);
});

it('waits for no eval of an arm that has failed', () => {
  let now = 0;
  const eta = createEta({ a: ['slow'], b: ['slow'] }, () => now);
  for (let i = 1; i <= 3; i++) {
    now += 2000;
    eta.see(step(i, 10));
  }
  expect(eta.secondsLeft()).toBe((7 + 2 * 15) * 2); // an eval that nobody has timed counts as 15 steps
  eta.see({ kind: 'arm', arm: 'a', state: 'failed', reason: 'loss NaN' });
  expect(eta.secondsLeft()).toBe((7 + 15) * 2);
});

it('does not let one slow step set the pace', () => {
  let now = 0;
  const eta = createEta({}, () => now);
  for (let i = 1; i <= 10; i++) {
    now += i === 6 ? 60_000 : 100;
    eta.see(step(i, 110));
  }
  expect(eta.secondsLeft()).toBeCloseTo(10);
});

it('tells no speed of steps without tokens, and still when they will be done', () => {
  let now = 0;
  const eta = createEta({}, () => now);
  for (let i = 1; i <= 3; i++) {
    now += 2000;
    eta.see({ kind: 'step', arm: 'a', stage: 'recipe', loss: 1, steps: 10, step: i, done: i, total: 10 });
  }
  expect([eta.tokensPerSecond(), eta.secondsLeft()]).toEqual([undefined, 14]);
});
