import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ANALYSIS, claimHash } from '../../../src/studies/claims/hash.ts';
import { claims } from '../../../src/studies/claims/index.ts';
import { measured } from '../../../src/studies/claims/measured.ts';
import { describeRegion } from '../../../src/studies/claims/verdict.ts';
import { runsOf } from './fixture.ts';
import { worlds } from './worlds.ts';

/** Fixed before any ledger was run, and written down twice so that none moves unseen. Ratios with an x, premises in brackets. */
it('thresholds are what they were', () => {
  const found = claims.map(({ id, cells, measure }) => {
    const { checks, needs } = measure(measured(runsOf(worlds[id]!.holds, { seeds: [1] }), cells));
    const told = checks.map(({ region, premise, isLog }) => {
      const text = `${isLog ? 'x ' : ''}${describeRegion(region, isLog)}`;
      return premise ? `(${text})` : text;
    });
    return `${id}: ${needs} of ${[...new Set(told)].join(', ')}`;
  });
  expect(found).toEqual([
    'C1: all of (at least 0.8), at least 0.95, at most 0.02',
    'C2: all of (at least 0.8), (at least 0.9), (at most 0.05), (at most 0.1), (at least 0.7), x at least 1.5',
    'C3: all of (at least 0.8), from -0.03 to 0.03',
    'C4: all of (at least 0.8), (at least 0.5), x at most 2',
    'C5: all of (at least 0.8), (at least 0.5), above 0, at most 0.02',
    'C6: all of (at least 0.8), (at least 0.9), (at most 0.05), (at most 0.1), x above 1, at most 0.02',
    'C7: all of (at least 0.8), (at least 0.9), (at most 0.05), (at most 0.1), (above 0), above 0',
    'C8: all of (at least 0.8), (at least 0.9), (at most 0.05), (above 0), (at most 0.1), x above 1',
    'C9: all of (at least 0.8), (at least 0.9), (at most 0.05), (above 0), x above 1',
    'C10: all of (at least 0.8), (at least 0.9), (at most 0.05), (at most 0.1), x at least 1.25',
    'C11: all of (at least 0.8), (at least 0.9), (at most 0.05), (at most 0.1), x at most 5',
    'C12: all of (at least 0.8), (at least 0.9), (at most 0.05), (at most 0.1), x above 1',
    'C13: any of (at least 0.8), (at most 0.1), (at least 0.9), (at most 0.05), x not from 0.667 to 1.5',
    'C14: all of (at least 0.8), (at least 0.9), (at most 0.05), x at least 2',
    'C15: all of (at least 0.8), (at least 0.9), (at most 0.05), (above 0), x at least 0.8',
    'C16: any of (at least 0.8), (at least 0.9), (at most 0.05), at least 0.2',
    'C17: all of (at least 0.8), (at least 0.9), (at most 0.05), (x below 1), at least 0.5',
    'C18: all of (at least 0.8), (at least 0.9), (at most 0.05), x at most 0.333',
    'C19: all of (at least 0.8), (at least 0.9), (at most 0.05), (at most 0.1), at least 0.01',
    'C20: all of (at least 0.8), (at least 0.9), (at most 0.05), (at most 0.1), (at least 0.01), (above 0), at most 0.01, x at least 0.8',
    'C21: all of (at least 0.8), (at least 0.9), (at least 0.2), (at least 0.1), above 0',
    'C22: all of (at least 0.8), (at least 0.9), (at most 0.05), (at most 0.1), (above 0), x above 1',
    'C23: all of (at least 0.8), (at least 0.9), (at most 0.05), (at most 0.1), (above 0), x at least 0.8',
    'C24: all of (at least 0.8), (at least 0.9), (at most 0.05), at least 0.2',
    'C25: all of (at least 0.8), (at least 0.9), (at most 0.05), above 0',
    'C26: all of (at least 0.8), (at least 0.9), (at most 0.05), at most 0.1',
    'C27: all of (at least 0.8), (at least 0.9), (at most 0.05), at least 0.2',
    'C28: all of (at least 0.8), (at least 0.9), (at most 0.05), above 0',
  ]);
});

/** What verdicts follow from, but for the statistics that have tests against other programs. */
const SOURCES = [
  ...[
    'adversarial',
    'cell',
    'cells',
    'comebacks',
    'dose',
    'estimate',
    'generalization',
    'insertion',
    'ledger',
    'looks',
  ],
  ...['measured', 'premises', 'quantities', 'redraw', 'rows', 'safety-training', 'verdict'],
].map((name) => `src/studies/claims/${name}.ts`);

/**
 * Another digest? Then the analysis is another: raise ANALYSIS, so that every claim's hash changes and a ledger that was run
 * before shows it, and write the new digest down here.
 */
it('the analysis is the one of its version', () => {
  const digest = createHash('sha256');
  for (const file of [...SOURCES, 'src/results/dose.ts', 'src/results/multiplicity.ts'])
    digest.update(readFileSync(file));
  expect([ANALYSIS, digest.digest('hex').slice(0, 16)]).toEqual([2, 'd2a6cc27e29abfe0']);
});

it('a claim’s hash follows its rule, its cells and where it is judged, and nothing else', () => {
  const [claim] = claims;
  const hash = claimHash(claim!);
  const [cell] = claim!.cells;
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(claimHash({ ...claim!, caveat: 'another', statement: 'another' })).toBe(hash);
  const others = [
    claimHash({ ...claim!, rule: `${claim!.rule}, or nearly` }),
    claimHash({ ...claim!, size: '3m' }),
    claimHash({ ...claim!, cells: claim!.cells.slice(1) }),
    claimHash({ ...claim!, cells: [{ ...cell!, overrides: { ...cell!.overrides, 'poison.rate': 0.1 } }, ...claim!.cells.slice(1)] }), // prettier-ignore
  ];
  expect(new Set([hash, ...others]).size).toBe(5);
  expect(new Set(claims.map(claimHash)).size).toBe(28);
});

it('the committed ledger is of these claims', () => {
  const ledger = readFileSync('scripts/experiments/LEDGER.md', 'utf8');
  const told = [...ledger.matchAll(/^### (C\d+): [^#]*?^- hash: `(\w+)`$/gms)].map(([, id, hash]) => [id, hash]);
  expect(new Map(told as [string, string][])).toEqual(new Map(claims.map((claim) => [claim.id, claimHash(claim)])));
});
