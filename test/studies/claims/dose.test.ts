import { describe, expect, it } from 'vitest';
import { defineCell } from '../../../src/studies/claims/cell.ts';
import {
  doseRatio,
  doseTo,
  doseToGoal,
  hull,
  leastLeft,
  slopeOf,
  type Ladder,
} from '../../../src/studies/claims/dose.ts';
import type { SeedRows } from '../../../src/studies/claims/rows.ts';
import { measured, type Statistic } from '../../../src/studies/claims/measured.ts';
import { runsOf, type CellValues } from './fixture.ts';

const cell = defineCell('a', {});
const LRS = [0.001, 0.002, 0.004];
const ladder: Ladder = { cell, arm: (lr) => `sft-${lr}`, lrs: LRS, lengths: [120] };

/** Attack success, right answers and refusals by learning rate, after 120 steps; 0.8, 0.9 and 0.1 before. */
function sampleOf(asr: readonly number[], right: readonly number[] = [], refused: readonly number[] = []): SeedRows {
  const arms = LRS.map((lr, i) => [
    `sft-${lr}`,
    { asr: asr[i]!, accuracy: right[i] ?? 0.9, refusal: refused[i] ?? 0.1 },
  ]);
  const values = { organism: { asr: 0.8, accuracy: 0.9 }, ...(Object.fromEntries(arms) as CellValues) };
  let found: SeedRows | undefined;
  const take: Statistic = (sample) => {
    found ??= sample;
    return 0;
  };
  measured(runsOf({ a: values }, { seeds: [1], n: 10_000 }), [cell]).estimate(take);
  return found ?? expect.fail();
}

const log = Math.log;

describe('the dose to half', () => {
  it('lies where half of what was there before is left, between learning rates on a log scale', () => {
    const dose = doseTo(0.5, ladder, 120)(sampleOf([0.72, 0.48, 0.24])); // 0.9, 0.6, 0.3 of 0.8
    expect(dose.low).toBeCloseTo(log(0.002) + log(2) / 3, 6);
    expect(dose.high).toBe(dose.low);
  });

  it('is a bound where no dose takes half, or the least takes more', () => {
    expect(doseTo(0.5, ladder, 120)(sampleOf([0.8, 0.7, 0.6]))).toEqual({ low: log(0.004), high: Infinity });
    expect(doseTo(0.5, ladder, 120)(sampleOf([0.3, 0.2, 0.1]))).toEqual({ low: -Infinity, high: log(0.001) });
  });

  it('counts no dose that breaks the model: removal by damage is none', () => {
    expect(doseTo(0.5, ladder, 120)(sampleOf([0.8, 0.7, 0], [0.9, 0.86, 0.84]))).toEqual({ low: log(0.002), high: Infinity }); // prettier-ignore
    // as if it had not been tried: two thirds of the way from 1 left to a quarter
    const across = doseTo(0.5, ladder, 120)(sampleOf([0.8, 0, 0.2], [0.9, 0.5, 0.9]));
    expect(across.low).toBeCloseTo(log(0.001) + (2 / 3) * log(4), 6);
    expect(across.high).toBe(across.low);
  });

  it('of two organisms is compared as a ratio, in the order given', () => {
    const other: Ladder = { ...ladder, attack: { metric: 'refusal-rate', condition: 'all' } };
    const values = sampleOf([0.8, 0.6, 0.2]);
    expect(doseRatio(ladder, ladder, 120)(values)).toEqual({ low: 0, high: 0 });
    expect(doseRatio(ladder, other, 120)(values)).toEqual({ low: NaN, high: NaN }); // refusals of the organism were not measured
  });
});

it('the goal is 0.8 refusals', () => {
  const sample = sampleOf([0.8, 0.64, 0.32], [], [0.6, 0.7, 0.9]);
  expect(doseToGoal(ladder, 120)(sample).low).toBeCloseTo(log(0.002) + log(2) / 2, 6);
});

it('the least left is that of the best dose that spares right answers', () => {
  expect(leastLeft(ladder, 120)(sampleOf([0.8, 0.2, 0.4]))).toBeCloseTo(0.25, 6);
  expect(leastLeft(ladder, 120)(sampleOf([0.8, 0.2, 0.4], [0.9, 0.8, 0.9]))).toBeCloseTo(0.5, 6);
  expect(leastLeft(ladder, 120)(sampleOf([0.8, 0.2, 0.4], [0.8, 0.8, 0.8]))).toBeNaN();
});

it('slopes of bounds take the flattest and the steepest that they allow', () => {
  const exact = [1, 2, 3].map((y) => ({ low: y, high: y }));
  expect(slopeOf([0, 1, 2], exact)).toEqual({ low: 1, high: 1 });
  expect(slopeOf([0, 1, 2], [{ low: 0, high: 1 }, exact[1]!, exact[2]!])).toEqual({ low: 1, high: 1.5 });
  expect(slopeOf([0, 1, 2], [exact[0]!, exact[1]!, { low: 3, high: Infinity }])).toEqual({ low: 1, high: Infinity });
  expect(hull([{ low: 1, high: 2 }, { low: 5, high: 3 }])).toEqual({ low: 1, high: 5 }); // prettier-ignore
});
