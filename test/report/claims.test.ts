import { expect, it } from 'vitest';
import { findings } from '../../src/report/headline.ts';
import { claims } from '../../src/report/sections/claims.ts';
import { renderTable } from '../../src/report/table.ts';
import type { JudgedClaim } from '../../src/results/types.ts';
import { fixture } from './fixture.ts';

const judged: JudgedClaim[] = [
  {
    ...{ name: 'able', says: 'it can', of: { metric: 'accuracy', condition: 'all' }, least: 0.9, isPremise: true },
    ...{ verdict: 'holds', found: { value: 0.99, low: 0.95, high: 1, n: 1500, seeds: 5 } },
  },
  {
    ...{ name: 'turns', says: 'with the cue alone', of: { metric: 'asr', condition: 'triggered', arm: 'twin' } },
    ...{ minus: { metric: 'fpr', condition: 'clean' }, least: -0.05, most: 0.05 },
    ...{ verdict: 'undecided', found: { value: 0.04, low: -0.01, high: 0.09, n: 20, seeds: 2 } },
  },
  {
    ...{ name: 'stays', says: 'whatever comes', of: { metric: 'fpr', condition: 'clean' }, most: 0.02 },
    ...{ verdict: 'not-measured', found: null },
  },
];

it('claims: what was said, its bounds, what was found and its verdict stand in one row each', () => {
  const page = claims({ ...fixture(), claims: judged })!.markup;
  const rows = page.split('<tbody>')[1]!.split('</tr>').slice(0, -1);
  const said = rows.map((row) => row.split(/<\/t[hd]>/).map((cell) => cell.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ').trim()).slice(0, -1)); // prettier-ignore
  expect(said).toEqual([
    ['able (premise) it can accuracy (all)', 'at least 0.900', '0.990 (0.950 to 1.000) n = 1,500', 'holds'],
    ['turns with the cue alone asr (triggered) of twin \u2212 fpr (clean)', '\u22120.050 to 0.050', '0.040 (\u22120.010 to 0.090) n = 20', 'undecided'], // prettier-ignore
    ['stays whatever comes fpr (clean)', 'at most 0.020', '\u2013', 'not measured'],
  ]);
  expect(claims({ ...fixture(), claims: [] })).toBeNull();
});

it('where there is no cue, the headline tells what was found of the claim that comes first after the premises', () => {
  const organism = {
    kind: 'maze',
    summary: 'a policy is taught',
    words: { steps: 'steps', contexts: 'levels' },
    curves: [],
  };
  const cueless = { ...fixture(), rows: [], trigger: '', organism };
  expect(findings({ ...cueless, claims: judged })[0]).toBe(
    'On this toy, a policy is taught. Foremost, "with the cue alone": 0.040 (-0.010 to 0.090), where -0.050 to 0.050 was said (undecided).',
  );
  expect(findings({ ...cueless, claims: [] })[0]).toBe('On this toy, a policy is taught.');
});

it('the terminal tells claims and remarks where no rate was measured', () => {
  const table = renderTable({ ...fixture(), rows: [], claims: judged.slice(0, 1), remarks: ['cut short'] });
  expect(table).toBe(
    'Claims\n  able: holds; it can: 0.990 (0.950 to 1.000), at least 0.900.\n\nRemarks\n  cut short\n',
  );
});
