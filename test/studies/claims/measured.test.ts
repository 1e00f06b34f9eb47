import { describe, expect, it } from 'vitest';
import { measured } from '../../../src/studies/claims/measured.ts';
import {
  asr,
  atEqualLoss,
  difference,
  halvingRatio,
  retention,
  valueAt,
} from '../../../src/studies/claims/quantities.ts';
import { firstReach, rate } from '../../../src/results/stats.ts';
import { meanOverSeeds } from '../../../src/results/over-seeds.ts';
import type { SeedRows } from '../../../src/studies/claims/rows.ts';
import { defineCell } from '../../../src/studies/claims/cell.ts';
import { resultsOf, runsOf, type CellValues } from './fixture.ts';

const a = defineCell('a', {});
const b = defineCell('b', {});

/** One seed's rows as they were measured. */
function sampleOf(values: CellValues): SeedRows {
  let found: SeedRows | undefined;
  measured(runsOf({ a: values }, { seeds: [1] }), [a]).mean((sample) => {
    found = sample;
    return 0;
  });
  return found ?? expect.fail();
}

describe('estimates', () => {
  it('are means over seeds, with n and seeds', () => {
    const runs = new Map([['a', [0.2, 0.4, 0.6].map((rate, i) => resultsOf({ organism: { asr: rate } }, i + 1))]]);
    const found = measured(runs, [a]).estimate(asr(a));
    expect(found).toMatchObject({ n: 500, seeds: [1, 2, 3] });
    expect(found?.value).toBeCloseTo(0.4, 10);
    // three seeds: the interval spans about all that they allow
    expect(found?.low).toBeLessThan(0.25);
    expect(found?.high).toBeGreaterThan(0.55);
  });

  it('do not take 500 of 500 for certain', () => {
    const one = measured(runsOf({ a: { organism: { asr: 1 } } }, { seeds: [1] }), [a]).estimate(asr(a));
    expect(one?.value).toBe(1);
    expect(one?.low).toBeGreaterThan(0.985);
    expect(one?.low).toBeLessThan(0.999);
  });

  it('of one seed are as wide as the prompts make them', () => {
    const found = measured(runsOf({ a: { organism: { asr: 0.5 } } }, { seeds: [1] }), [a]).estimate(asr(a));
    expect(found?.low).toBeCloseTo(0.456, 1);
    expect(found?.high).toBeCloseTo(0.544, 1);
    expect((found?.high ?? 0) - (found?.low ?? 0)).toBeCloseTo(0.0877, 1);
  });

  it('of a difference are paired by seed: what seeds share drops out', () => {
    const seeds = [1, 2, 3];
    const runs = new Map(
      [a, b].map(({ name }, k) => [
        name,
        seeds.map((seed) => resultsOf({ organism: { asr: 0.2 * seed + 0.1 * k } }, seed, 20_000)),
      ]),
    );
    const found = measured(runs, [a, b]).estimate(difference(asr(b), asr(a)));
    expect(found?.value).toBeCloseTo(0.1, 10);
    // all seeds agree, and 20,000 prompts on each side of three are left: 1.96 sqrt(1.31 / 20,000) / 3
    expect(found?.low).toBeCloseTo(0.1 - 0.0053, 3);
    expect(found?.high).toBeCloseTo(0.1 + 0.0053, 3);
  });

  it('of a rate are the report\u2019s; of anything else Student\u2019s t over seeds', () => {
    const rates = [450, 400, 500].map((k) => rate(k, 500));
    const arms = rates.map((end, i) => resultsOf({ organism: { asr: 1 }, arm: { asr: end.value } }, i + 1));
    const from = measured(new Map([['a', arms]]), [a]);
    expect(from.estimate(asr(a, 'arm'))).toMatchObject(meanOverSeeds(rates));
    const left = from.estimate(retention(a, 'arm'));
    // values .9, .8, 1: deviation .1, t of 2 degrees of freedom 4.3027
    expect(left?.low).toBeCloseTo(0.9 - (4.302653 * 0.1) / Math.sqrt(3), 6);
    expect(left?.high).toBeCloseTo(0.9 + (4.302653 * 0.1) / Math.sqrt(3), 6);
  });

  it('are null where no seed can tell, or one of several, and without a seed that cannot wider', () => {
    const of = (...rates: number[]) =>
      new Map([['a', rates.map((rate, i) => resultsOf({ organism: { asr: rate }, arm: { asr: 0.1 } }, i + 1))]]);
    expect(measured(of(0, 0), [a]).estimate(retention(a, 'arm'))).toBeNull();
    expect(measured(of(0.5, 0), [a]).estimate(retention(a, 'arm'))).toBeNull();
    expect(measured(of(0.5), [a]).estimate(retention(a, 'arm'))?.seeds).toEqual([1]);
    const all = measured(of(0.4, 0.5, 0.6), [a]).estimate(retention(a, 'arm'))!;
    const some = measured(of(0.4, 0.5, 0), [a]).estimate(retention(a, 'arm'))!;
    expect(some.seeds).toEqual([1, 2]);
    expect(some.high - some.low).toBeGreaterThan(2 * (all.high - all.low));
    expect(measured(of(0.5), [a]).estimate(retention(a, 'no such arm'))).toBeNull();
    expect(measured(new Map(), [a]).estimate(asr(a))).toBeNull();
  });

  it('are null where one seed is all that two cells have in common, and others were run', () => {
    const of = (name: string, seeds: readonly number[]) =>
      [name, seeds.map((seed) => resultsOf({ organism: { asr: 0.5 } }, seed))] as const;
    const runs = (seeds: readonly number[]) => new Map([of('a', seeds), of('b', [1])]);
    const estimate = (seeds: readonly number[]) => measured(runs(seeds), [a, b]).estimate(difference(asr(a), asr(b)));
    expect(estimate([1, 2, 3])).toBeNull();
    expect(estimate([1])?.seeds).toEqual([1]);
    expect(
      measured(runs([1, 2, 3]), [a, b])
        .only(1)
        .estimate(asr(a))?.seeds,
    ).toEqual([1]);
  });

  it('say where the seeds of a rate fall into two camps', () => {
    const of = (...rates: number[]) =>
      measured(new Map([['a', rates.map((rate, i) => resultsOf({ organism: { asr: rate } }, i + 1))]]), [a]);
    expect(of(0.98, 0.02, 0.96).estimate(asr(a))?.inTwoCamps).toBe(true);
    expect(of(0.98, 0.5, 0.96).estimate(asr(a))).not.toHaveProperty('inTwoCamps');
  });

  it('are the same whenever they are asked for', () => {
    const from = measured(runsOf({ a: { organism: { asr: 0.3 } } }), [a]);
    expect(from.estimate(asr(a))).toEqual(from.estimate(asr(a)));
  });
});

describe('rows', () => {
  it('of one step count once, the larger n; the last of an arm is final', () => {
    const small = resultsOf({ organism: { asr: [0, 0.5] } }, 1, 100);
    const large = resultsOf({ organism: { asr: [0, 0.8] } }, 1, 500);
    const both = { ...small, rows: [...large.rows, ...small.rows] };
    expect(measured(new Map([['a', [both]]]), [a]).estimate(asr(a))).toMatchObject({ value: 0.8, n: 500 });
  });
});

describe('quantities', () => {
  it('find where a curve first reaches a level, from either side', () => {
    const points = [0, 1, 2, 3].map((x) => ({ x, y: [0, 0.4, 0.8, 0.2][x] ?? 0 }));
    expect(firstReach(points, 0.6)).toBeCloseTo(1.5);
    expect(firstReach(points.slice(2), 0.5)).toBeCloseTo(2.5);
    expect(firstReach(points, 0.9)).toBeNaN();
    expect(firstReach([], 0.5)).toBeNaN();
  });

  it('read a curve between its points and not beyond', () => {
    const curve = [{ step: 0, value: 1 }, { step: 10, value: 0.5 }]; // prettier-ignore
    expect(valueAt(curve, 4)).toBeCloseTo(0.8);
    expect(valueAt(curve, 10)).toBe(0.5);
    expect(valueAt(curve, 11)).toBeNaN();
  });

  it('compare half-lives, with the whole arm where it never halves', () => {
    const sample = sampleOf({
      fast: { asr: [[0, 1], [20, 0.5], [60, 0.1]] },
      slow: { asr: [[0, 1], [60, 0.5]] },
      never: { asr: [[0, 1], [60, 0.9]] },
    }); // prettier-ignore
    expect(halvingRatio([a, 'slow'], [a, 'fast'])(sample)).toBeCloseTo(3);
    expect(halvingRatio([a, 'never'], [a, 'fast'])(sample)).toBeCloseTo(3);
    expect(halvingRatio([a, 'never'], [a, 'never'])(sample)).toBeNaN();
  });

  it('compare arms at the lowest clean loss that both reach', () => {
    const sample = sampleOf({
      sft: { asr: [1, 0.6, 0.2], loss: [1.5, 1.2, 0.9] },
      rl: { asr: [1, 0.9, 0.8], loss: [1.5, 1.4, 1.2] },
      worse: { asr: [1, 0.9, 0.8], loss: [1.5, 1.6, 1.7] },
    });
    const { loss, a: rl, b: sft } = atEqualLoss(sample, [a, 'rl'], [a, 'sft']);
    expect([loss, rl, sft].map((x) => Number(x.toFixed(6)))).toEqual([1.2, 0.8, 0.6]);
    expect(atEqualLoss(sample, [a, 'worse'], [a, 'sft']).loss).toBeNaN();
  });
});
