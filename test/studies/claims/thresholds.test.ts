import { expect, it } from 'vitest';
import { claims } from '../../../src/studies/claims/index.ts';
import { measured } from '../../../src/studies/claims/measured.ts';
import { describeRegion } from '../../../src/studies/claims/verdict.ts';
import { runsOf } from './fixture.ts';
import { worlds } from './worlds.ts';

/** Fixed before any ledger was run, and written down twice so that none moves unseen. Premises in brackets. */
it('thresholds are what they were', () => {
  const found = claims.map(({ id, cells, measure }) => {
    const { checks, needs } = measure(measured(runsOf(worlds[id]?.holds ?? {}), cells, 1));
    const told = checks.map(({ region, premise }) =>
      premise ? `(${describeRegion(region)})` : describeRegion(region),
    );
    return `${id}: ${needs} of ${[...new Set(told)].join(', ')}`;
  });
  expect(found).toEqual([
    'C1: all of at least 0.95, at most 0.02',
    'C2: all of at least 1.5',
    'C3: all of from -0.03 to 0.03',
    'C4: all of at most 2',
    'C5: all of above 0, at most 0.02',
    'C6: all of (at most 0.05), (at most 0.02), at least 0.3',
    'C7: all of above 0',
    'C8: all of above 0',
    'C9: all of above 0',
    'C10: all of at least 0.1',
    'C11: all of at least 0.8, at most 0.2',
    'C12: all of above 0',
    'C13: any of not from -0.1 to 0.1',
    'C14: all of at least 0.5',
    'C15: all of at least 0.8',
    'C16: any of at least 0.2',
    'C17: all of (at most 0.2), at least 0.5',
    'C18: all of (at most 0.2), at most 0.333',
    'C19: all of at least 0.01',
    'C20: all of (at least 0.01), at most 0.01, at least -0.02',
    'C21: all of below 0, above 0',
    'C22: all of above 0',
    'C23: all of at least -0.02',
    'C24: all of at least 0.2',
    'C25: all of above 0',
    'C26: all of at most 0.1',
    'C27: all of at least 0.2',
    'C28: all of above 0',
  ]);
});
