import { describe, expect, it } from 'vitest';
import { measured } from '../../../src/studies/claims/measured.ts';
import { asr, difference, nearMean } from '../../../src/studies/claims/quantities.ts';
import { defineCell } from '../../../src/studies/claims/cell.ts';
import { resultsOf, runsOf } from './fixture.ts';

const a = defineCell('a', {});
const b = defineCell('b', {});
const seeded = (...rates: readonly number[]) =>
  new Map([['a', rates.map((asr, i) => resultsOf({ organism: { asr } }, i + 1))]]);

describe('estimates', () => {
  it('are means over seeds with the interval of Student’s t, n and seeds', () => {
    const found = measured(seeded(0.2, 0.4, 0.6), [a]).estimate(asr(a));
    expect(found).toMatchObject({ n: 500, seeds: [1, 2, 3] });
    expect(found?.value).toBeCloseTo(0.4, 10);
    // 0.4 +- 4.3027 * 0.2 / sqrt(3), and no rate lies below 0
    expect(found?.low).toBe(0);
    expect(found?.high).toBeCloseTo(0.89683, 4);
  });

  it('do not take 500 of 500 for certain, and reach no farther than 1', () => {
    const found = measured(seeded(1, 1, 1, 1, 1), [a]).estimate(asr(a));
    expect(found).toMatchObject({ value: 1, high: 1 });
    expect(found?.low).toBeGreaterThan(0.995);
    expect(found?.low).toBeLessThan(1);
  });

  it('of one seed are as wide as the prompts make them', () => {
    const found = measured(seeded(0.5), [a]).estimate(asr(a));
    expect((found?.high ?? 0) - (found?.low ?? 0)).toBeGreaterThan(0.07);
    expect((found?.high ?? 0) - (found?.low ?? 0)).toBeLessThan(0.105);
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
    expect(found?.low).toBeGreaterThan(0.08);
    expect(found?.high).toBeLessThan(0.12);
  });

  it('are null where any seed cannot tell: none is left out for it', () => {
    const runs = new Map([['a', [resultsOf({ organism: { asr: 0.5 } }, 1), resultsOf({ other: { asr: 0.5 } }, 2)]]]);
    expect(measured(runs, [a]).estimate(asr(a))).toBeNull();
    expect(measured(runs, [a]).only([1]).estimate(asr(a))?.value).toBe(0.5);
    expect(measured(new Map(), [a]).estimate(asr(a))).toBeNull();
  });

  it('keep bounds: the least a seed can be, and nothing above', () => {
    const from = measured(seeded(0.4, 0.5, 0.6), [a]);
    const found = from.estimate((sample) => ({ low: asr(a)(sample), high: Infinity }));
    expect(found).toMatchObject({ bound: 'above', high: Infinity });
    expect(found?.value).toBeCloseTo(0.5, 10);
    expect(found?.low).toBeCloseTo(0.5 - (4.30265 * 0.1) / Math.sqrt(3), 4);
    expect(from.estimate(() => ({ low: -Infinity, high: Infinity }))).toBeNull();
  });

  it('count seeds of one base once', () => {
    const rates = [0.2, 0.4, 0.6, 0.8];
    const from = (bases: readonly string[]) =>
      measured(new Map([['a', rates.map((rate, i) => resultsOf({ organism: { asr: rate } }, i + 1, 500, bases[i]))]]), [a]); // prettier-ignore
    const [apart, shared] = [from(['w', 'x', 'y', 'z']).estimate(asr(a)), from(['x', 'y', 'x', 'y']).estimate(asr(a))];
    expect(apart?.lows.df).toBe(3);
    expect(shared?.lows).toMatchObject({ df: 1 });
    expect(shared?.lows.ofSeeds).toBeCloseTo(0.1, 10); // of 0.4 and 0.6
    expect(shared?.seeds).toEqual([1, 2, 3, 4]);
  });

  it('say where the seeds of a rate fall into two camps', () => {
    expect(measured(seeded(0.98, 0.02, 0.96), [a]).estimate(asr(a))?.inTwoCamps).toBe(true);
    expect(measured(seeded(0.98, 0.5, 0.96), [a]).estimate(asr(a))).not.toHaveProperty('inTwoCamps');
  });

  it('are the same whenever they are asked for', () => {
    const from = measured(runsOf({ a: { organism: { asr: 0.3 } } }), [a]);
    expect(from.estimate(asr(a))).toEqual(from.estimate(asr(a)));
  });
});

describe('rows', () => {
  it('of one step count once, the larger n; the last of an arm is final', () => {
    const small = resultsOf({ organism: { asr: [[0, 0], [30, 0.5]] } }, 1, 100); // prettier-ignore
    const large = resultsOf({ organism: { asr: [[0, 0], [30, 0.8]] } }, 1, 500); // prettier-ignore
    const both = { ...small, rows: [...large.rows, ...small.rows] };
    expect(measured(new Map([['a', [both]]]), [a]).estimate(asr(a))).toMatchObject({ value: 0.8, n: 500 });
  });

  it('know what a metric was measured on', () => {
    const runs = runsOf({ a: { organism: { 'near/typo': 0.2, 'near/case': 0.4, asr: 1 }, other: { 'near/typo': 1 } } });
    expect(measured(runs, [a]).estimate(nearMean(a))?.value).toBeCloseTo(0.3, 10);
  });
});
