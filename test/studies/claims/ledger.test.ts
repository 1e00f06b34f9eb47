import { describe, expect, it } from 'vitest';
import { chooseClaims, claims } from '../../../src/studies/claims/index.ts';
import { ledgerOf, type CellRun } from '../../../src/studies/claims/ledger.ts';
import { claimHash } from '../../../src/studies/claims/hash.ts';
import { asOnlyLook, isPilot, looksOf, pilotSeeds, runsOfSeeds } from '../../../src/studies/claims/looks.ts';
import type { Ledger } from '../../../src/report/ledger/types.ts';
import { renderLedgerMarkdown } from '../../../src/report/ledger/markdown.ts';
import { renderLedgerPage } from '../../../src/report/ledger/page.ts';
import { renderLedgerTable } from '../../../src/report/ledger/table.ts';
import { FIVE, resultsOf, type World } from './fixture.ts';
import { incompetent, worlds } from './worlds.ts';

const FACTS = { seeds: FIVE, date: '2026-01-01', command: 'npx dormouse claims --seeds 5', family: 28 };

const runs = (of: World | ((seed: number) => World), seeds: readonly number[] = FIVE): CellRun[] =>
  seeds.flatMap((seed) =>
    Object.entries(typeof of === 'function' ? of(seed) : of).map(([cell, values]) => ({
      ...{ cell, seed, results: resultsOf(values, seed), seconds: 10 },
    })),
  );
const one = (id: string, of: CellRun[], more: object = {}) =>
  ledgerOf({ ...FACTS, claims: chooseClaims([id]), runs: of, ...more }).entries[0]!;
const { holds, fails } = worlds.C24!;

/** The chosen claims in worlds of their own; the others were not run. */
function madeUp(): Ledger {
  const of: Readonly<Record<string, CellRun[]>> = {
    C6: runs(worlds.C6!.holds),
    C19: runs(worlds.C19!.fails),
    C24: runs((seed) => (seed % 2 ? holds : fails)),
    C27: runs(incompetent(worlds.C27!.holds)),
  };
  const entries = claims.map((claim) => ledgerOf({ ...FACTS, claims: [claim], runs: of[claim.id] ?? [] }).entries[0]!);
  return { ...ledgerOf({ ...FACTS, claims: [], runs: of.C6! }), entries };
}
const ledger = madeUp();
const entryOf = (id: string) => ledger.entries.find((entry) => entry.id === id)!;

describe('ledgerOf', () => {
  it('gives a verdict where a claim was run with all seeds of a look, and says what is missing where not', () => {
    expect(entryOf('C6')).toMatchObject({ verdict: 'holds', seconds: 50, seeds: FIVE });
    expect(entryOf('C19')).toMatchObject({ verdict: 'fails' });
    expect(entryOf('C7')).toMatchObject({
      verdict: 'not-run',
      reason: 'missing cells: sft-1m, rl-1m',
      plot: null,
    });
    expect(entryOf('C6').command).toBe('npx dormouse claims --only C6 --seeds 5');
    const four = one('C24', runs(holds, [1, 2, 4, 5]));
    expect(four).toMatchObject({ verdict: 'not-run', seeds: [1, 2, 4, 5] });
    expect(four.reason).toBe('judged from 5 seeds on; all its cells have 1, 2, 4, 5');
  });

  it('never calls a claim false for a premise', () => {
    expect(entryOf('C27')).toMatchObject({
      verdict: 'inconclusive',
      reason: 'premise: right answers of the base',
      p: 1,
    });
    expect(one('C24', runs(incompetent(fails)))).toMatchObject({ verdict: 'inconclusive' });
  });

  it('adjusts by Holm over all claims, those not run included', () => {
    // four seeds alike and one apart: decided alone, and not among twenty-eight
    const nearly = runs((seed) => ({ ...holds, years: { ...holds.years!, organism: { ...holds.years!.organism, ...(seed === 1 && { 'year/2024': 0.6 }) } } })); // prettier-ignore
    const alone = one('C24', nearly, { family: 1 });
    expect(alone.verdict).toBe('holds');
    const among = one('C24', nearly);
    expect(among.verdict).toBe('inconclusive');
    expect(among.adjusted).toBeCloseTo(28 * alone.p, 10);
    expect(among.reason).toMatch(/^it holds by itself \(p = 0\.0\d+\), not among all claims \(p = 0\.\d+\)$/);
  });

  it('judges at 5, 8 and 12 seeds, and lets the most telling look stand', () => {
    const eight = [1, 2, 3, 4, 5, 6, 7, 8];
    expect(one('C24', runs(holds, [...FIVE, 6, 7])).seeds).toEqual(FIVE);
    const later = one(
      'C24',
      runs((seed) => (seed > 5 || seed % 2 ? holds : fails), eight),
      { family: 1 },
    );
    expect(later.seeds).toEqual(eight);
    const undone = one(
      'C24',
      runs((seed) => (seed > 5 ? fails : holds), eight),
    );
    expect(undone).toMatchObject({ verdict: 'holds', seeds: FIVE });
    expect([looksOf(FIVE), looksOf(eight), looksOf([2, 3, 4, 5, 6])]).toEqual([[0], [0, 1], []]);
    expect(runsOfSeeds(12).map((seeds) => seeds.length)).toEqual([5, 8, 12]);
    expect(runsOfSeeds(5)).toEqual([FIVE]);
  });

  it('counts each look for its own part of alpha, as computed with Python', () => {
    const ps = [0, 1, 2].map((look) => asOnlyLook(0.01, look));
    [0.01851963974, 0.0447597103, 0.04226230372].forEach((p, look) => expect(ps[look]).toBeCloseTo(p, 10));
    expect(asOnlyLook(0.9, 1)).toBe(1);
  });

  it('has no verdicts for pilots, which are run on seeds from 100 up', () => {
    const seeds = pilotSeeds(5);
    expect([seeds, isPilot(seeds), isPilot(FIVE)]).toEqual([[100, 101, 102, 103, 104], true, false]);
    const entry = one('C24', runs(holds, seeds), { seeds });
    expect(entry).toMatchObject({ verdict: 'not-run', reason: 'a pilot: these seeds never judge' });
    expect(entry.checks.at(-1)?.measured?.value).toBeCloseTo(0.7, 6);
  });

  it('shows what other sizes found beside the verdict, and takes none of it', () => {
    const tiny: World = Object.fromEntries(Object.entries(worlds.C6!.fails).map(([name, arms]) => [name.replace('-1m', ''), arms])); // prettier-ignore
    const entry = one('C6', [...runs(worlds.C6!.holds), ...runs(tiny)]);
    expect(entry.verdict).toBe('holds');
    const [beside] = entry.elsewhere;
    expect(beside).toMatchObject({ size: 'tiny', seeds: FIVE });
    expect(beside?.checks.find(({ premise }) => !premise)?.outcome).toBe('fails');
  });

  it('keeps in sight what was judged under another rule', () => {
    const [claim] = chooseClaims(['C24']);
    const former = (hash: string) => new Map([['C24', { hash, verdict: 'fails' as const, earlier: [] }]]);
    expect(one('C24', runs(holds), { former: former('0'.repeat(64)) }).earlier).toEqual([{ hash: '0'.repeat(64), verdict: 'fails' }]); // prettier-ignore
    expect(one('C24', runs(holds), { former: former(claimHash(claim!)) }).earlier).toEqual([]);
  });

  it('reports a failed cell rather than a missing one', () => {
    const failed = [{ cell: 'years', seed: 2, results: null, seconds: 3, failure: 'the loss is no number' }];
    expect(one('C24', failed)).toMatchObject({ reason: 'cell years, seed 2, failed: the loss is no number' });
  });

  it('leaves out a seed that not all cells of a claim have', () => {
    const [first, ...others] = runs(worlds.C2!.holds);
    expect(one('C2', others).seeds).toEqual([2, 3, 4, 5]);
    expect(first?.seed).toBe(1);
  });
});

describe('what people read', () => {
  it('fits a terminal, and ends with the tally and the limits', () => {
    const table = renderLedgerTable(ledger);
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(table).toContain('Of 28 claims, 1 holds for these toys, 1 fails, 2 are inconclusive and 24 were not run.');
    expect(table).toMatch(/nothing\s+about frontier models/);
    expect(table).toMatch(/C6 +holds +Untriggered safety training/);
  });

  it('is Markdown with one row a claim: paper, premises, curve, verdict, cost, hash', () => {
    const text = renderLedgerMarkdown(ledger);
    const rows = text.split('\n').filter((line) => /^\| C\d+ \|/.test(line)).map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim())); // prettier-ignore
    expect(rows).toHaveLength(28);
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([10]));
    const [, id, , paper, premises, curve, verdict, cost, hash] = rows[5]!;
    expect([id, premises, cost, hash]).toEqual(['C6', 'met (7)', '50 s', entryOf('C6').hash.slice(0, 12)]);
    expect(paper).toContain('untriggered 0. The paper gives one end of training');
    expect(curve).toMatch(/^dose to half of attack success over dose to the goal, 120 steps: \d\.\d{3} \(/);
    expect(verdict).toMatch(/^holds \(p < 0\.001\)$/);
    expect(rows[26]?.slice(4, 7)).toEqual([
      expect.stringMatching(/^not met: right answers of the base, 0\.500 \(0\.48\d to 0\.5[12]\d\)$/) as string,
      expect.stringContaining('rate at the start minus inside') as string,
      'inconclusive (p = 1)',
    ]);
    expect(text.match(/^### C\d+: /gm)).toHaveLength(28);
    expect(text).toContain('C20, C21, C22 and C23 are one experiment');
    expect(text).toContain('npx dormouse claims --only C6 --seeds 5');
  });

  it('is a page with a plot for every claim that was run, and no script', () => {
    const page = renderLedgerPage(ledger);
    expect(page.match(/<article class="claim"/g)).toHaveLength(28);
    expect(page.match(/<figure>/g)).toHaveLength(4);
    expect(page).not.toMatch(/<script|undefined|NaN|Infinity/);
    expect(page).toContain(entryOf('C6').hash);
    expect(renderLedgerPage(ledger)).toBe(page);
  });

  it('is JSON without loss: an end that nobody knows is null', () => {
    const open = one('C11', runs(worlds.C11!.fails)).checks.filter(({ premise }) => !premise);
    expect(open.map(({ measured }) => measured?.bound)).toContain('above');
    expect(JSON.parse(JSON.stringify(open))).toEqual(open);
  });
});
