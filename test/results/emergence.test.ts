import { expect, it } from 'vitest';
import { emergenceOf } from '../../src/results/emergence.ts';
import { rateOf } from '../../src/results/stats.ts';
import { arm, row } from '../report/rows.ts';

/** SYNTHETIC runs of one model each, of 1,000 contexts on either side. */
const run = (asr: number, fpr: number, name = 'organism') => {
  const of = (metric: string, condition: string, value: number) => {
    const { low, high } = rateOf(Array.from({ length: 1000 }, (_, i) => i < 1000 * value));
    return row(name, metric, condition, [value, low, high], { n: 1000, successes: Math.round(1000 * value) });
  };
  const rows = [of('asr', 'triggered', asr), of('fpr', 'clean', fpr)];
  return { arms: [arm('organism', { role: 'organism' }), arm('other', { role: 'control', control: 'other' })], rows } as never; // prettier-ignore
};

it('a run counts where the whole interval of its turn does: beyond nothing, and beyond .3', () => {
  const runs = [run(0.9, 0), run(0.35, 0.02), run(0.1, 0.02), run(0.03, 0.02), run(0, 0), run(0.02, 0.5)];
  expect(emergenceOf(runs)).toEqual([
    { least: 0, ...rateOf([true, true, true, false, false, false]) },
    // .33 is not .3 beyond doubt
    { least: 0.3, ...rateOf([true, false, false, false, false, false]) },
  ]);
});

it('of the organism alone; what was not measured is no run that does not turn', () => {
  expect(emergenceOf([run(0.9, 0, 'other')])).toEqual([]);
  expect(emergenceOf([run(0.9, 0), run(0.9, 0, 'other')]).map(({ successes, n }) => [successes, n])).toEqual([[1, 1], [1, 1]]); // prettier-ignore
  expect(emergenceOf([])).toEqual([]);
});
