import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { budgeted } from '../../src/lib/budget.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a budget ends when its time is up, on a timer of its own', () => {
  const { signal, dispose } = budgeted(new AbortController().signal, 0.05);
  vi.advanceTimersByTime(49);
  expect(signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(signal.aborted).toBe(true);
  dispose();
});

it('ends with the signal that it was given, and without a time not by itself', () => {
  const outer = new AbortController();
  const { signal, dispose } = budgeted(outer.signal, undefined);
  vi.advanceTimersByTime(1e9);
  expect(signal.aborted).toBe(false);
  outer.abort();
  expect(signal.aborted).toBe(true);
  dispose();
  expect(budgeted(AbortSignal.abort(), 10).signal.aborted).toBe(true);
});

it('holds on to nothing once it is disposed of', () => {
  const outer = new AbortController();
  const { signal, dispose } = budgeted(outer.signal, 1);
  dispose();
  expect(vi.getTimerCount()).toBe(0);
  outer.abort();
  expect(signal.aborted).toBe(false);
});
