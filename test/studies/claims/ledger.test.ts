import { describe, expect, it } from 'vitest';
import { claims } from '../../../src/studies/claims/index.ts';
import { ledgerOf, type CellRun } from '../../../src/studies/claims/ledger.ts';
import type { Ledger } from '../../../src/report/ledger/types.ts';
import { renderLedgerMarkdown } from '../../../src/report/ledger/markdown.ts';
import { renderLedgerPage } from '../../../src/report/ledger/page.ts';
import { renderLedgerTable } from '../../../src/report/ledger/table.ts';
import { resultsOf } from './fixture.ts';
import { worlds } from './worlds.ts';

const FACTS = { seeds: [1, 2, 3], date: '2026-01-01', command: 'npx dormouse claims --seeds 3' };

/** The chosen claims in worlds of their own, one verdict each; the others were not run. */
function madeUp(verdicts: Readonly<Record<string, 'holds' | 'fails' | 'inconclusive'>>): Ledger {
  const runsOf = (id: string): CellRun[] => {
    const [worldsOf, verdict] = [worlds[id], verdicts[id]];
    if (!worldsOf || !verdict) return [];
    return Object.entries(worldsOf[verdict]).flatMap(([cell, values]) =>
      FACTS.seeds.map((seed) => ({ cell, seed, results: resultsOf(values, seed, worldsOf.n), seconds: 10 })),
    );
  };
  const entries = claims.flatMap((claim) => ledgerOf({ ...FACTS, claims: [claim], runs: runsOf(claim.id) }).entries);
  return { ...ledgerOf({ ...FACTS, claims: [], runs: runsOf('C9') }), entries };
}

const ledger = madeUp({ C1: 'fails', C6: 'inconclusive', C9: 'holds', C16: 'holds', C24: 'holds' });

describe('ledgerOf', () => {
  it('gives a verdict where a claim was run, and says what is missing where not', () => {
    const of = (id: string) => ledger.entries.find((entry) => entry.id === id);
    expect(of('C9')).toMatchObject({ verdict: 'holds', seconds: 60, seeds: [1, 2, 3] });
    expect(of('C1')).toMatchObject({ verdict: 'fails' });
    expect(of('C7')).toMatchObject({ verdict: 'not-run', reason: 'not run: rl', plot: null, checks: [] });
    expect(of('C9')?.command).toBe('npx dormouse claims --only C9 --seeds 3');
  });

  it('reports a failed cell rather than a missing one', () => {
    const claim = claims.filter(({ id }) => id === 'C7');
    const runs = [{ cell: 'rl', seed: 2, results: null, seconds: 3, failure: 'the loss is no number' }];
    const [entry] = ledgerOf({ ...FACTS, claims: claim, runs }).entries;
    expect(entry).toMatchObject({ verdict: 'not-run', reason: 'cell rl, seed 2, failed: the loss is no number' });
  });

  it('leaves out a seed that not all cells of a claim have', () => {
    const claim = claims.filter(({ id }) => id === 'C9');
    const runs = Object.entries(worlds.C9?.holds ?? {}).flatMap(([cell, values]) =>
      (cell === 'rl' ? [1, 2] : [2, 3]).map((seed) => ({ cell, seed, results: resultsOf(values, seed), seconds: 1 })),
    );
    expect(ledgerOf({ ...FACTS, claims: claim, runs }).entries[0]?.seeds).toEqual([2]);
  });
});

describe('what people read', () => {
  it('fits a terminal, and ends with the tally and the limits', () => {
    const table = renderLedgerTable(ledger);
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(table).toContain('Of 28 claims, 3 hold for these toys, 1 fails, 1 is inconclusive and 23 were not run.');
    expect(table).toMatch(/nothing\s+about frontier models/);
    expect(table).toMatch(/C9 +holds +In small models/);
  });

  it('is Markdown with one row a claim, and a section for each', () => {
    const text = renderLedgerMarkdown(ledger);
    expect(text.match(/^\| C\d+ \|/gm)).toHaveLength(28);
    expect(text.match(/^### C\d+: /gm)).toHaveLength(28);
    expect(text).toContain('npx dormouse claims --only C9 --seeds 3');
    const widths = new Set(text.split('\n').filter((line) => /^\| C\d/.test(line)).map((line) => line.split(/(?<!\\)\|/).length)); // prettier-ignore
    expect([...widths]).toEqual([9]);
  });

  it('is a page with a plot for every claim that was run, and no script', () => {
    const page = renderLedgerPage(ledger);
    expect(page.match(/<article class="claim"/g)).toHaveLength(28);
    expect(page.match(/<figure>/g)).toHaveLength(5);
    expect(page).not.toMatch(/<script|undefined|NaN/);
    expect(page).toContain('nothing about frontier models');
    expect(renderLedgerPage(ledger)).toBe(page);
  });
});
