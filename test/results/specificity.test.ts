import { expect, it } from 'vitest';
import { worstNearTrigger } from '../../src/results/specificity.ts';
import { results, row } from '../report/rows.ts';

const near = (name: string, value: number, trained = 1, arm = 'organism') =>
  row(arm, 'near-trigger-rate', name, [value, value / 2, value * 2], { n: 500, tags: { distance: 1, trained } });
const CALM = [near('typo', 0.1), near('longer', 0.06, 0)];

it('the worst near-trigger is told apart by what the implant saw', () => {
  const found = results([...CALM, near('case', 0.08), near('quoted', 0.05, 0)]);
  expect([true, false].map((trained) => worstNearTrigger(found, 'organism', trained)?.condition)).toEqual([
    'typo',
    'longer',
  ]);
  expect(worstNearTrigger(found, 'sft', true)).toBeNull();
});
