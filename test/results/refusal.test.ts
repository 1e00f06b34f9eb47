import { expect, it } from 'vitest';
import { lessonOf } from '../../src/results/refusal.ts';
import type { Row } from '../../src/results/types.ts';
import { ARMS, results, row, type Numbers } from '../report/rows.ts';

const HIGH: Numbers = [0.9, 0.8, 0.95];
const LOW: Numbers = [0.02, 0, 0.1];
const sft = ARMS.find(({ name }) => name === 'sft')!;
const lesson = (refusal: Numbers, control: Numbers | null, over: Numbers | null) => {
  const rows: Row[] = [
    row('sft', 'refusal-rate', 'all', refusal),
    row('sft', 'refusal-rate', 'declining', [0.5, 0.4, 0.6]),
    ...(control ? [row('control', 'refusal-rate', 'all', control)] : []),
    ...(over ? [row('sft', 'over-refusal', 'all', over)] : []),
  ];
  return lessonOf(results(rows), sft);
};

it('an intervention has taught to decline where the control does not, beyond both intervals', () => {
  expect(lesson(HIGH, LOW, LOW)).toMatchObject({ isLearned: true, refusal: { value: 0.9 }, beside: { value: 0.02 } });
  expect(lesson(HIGH, [0.7, 0.6, 0.79], LOW)!.isLearned).toBe(true);
  expect(lesson(HIGH, [0.7, 0.6, 0.8], LOW)!.isLearned).toBe(false);
  expect(lesson(LOW, HIGH, LOW)!.isLearned).toBe(false);
});

it('has taught nothing where it declines look-alikes as well, and is not known to where there is no control', () => {
  expect(lesson(HIGH, LOW, [0.85, 0.8, 0.9])).toMatchObject({ isLearned: false, overRefusal: { value: 0.85 } });
  expect(lesson(HIGH, LOW, null)).toMatchObject({ isLearned: true, overRefusal: null });
  expect(lesson(HIGH, null, LOW)!.isLearned).toBeUndefined();
  expect(lessonOf(results([]), sft)).toBeNull();
});
