import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planArms } from '../../../src/lab/assemble/arms.ts';
import { tables } from '../../../src/lab/tables.ts';
import { tiny } from '../../../src/studies/claims/cells.ts';
import { cellExperiment } from '../../../src/studies/claims/resolve.ts';
import { groupBy } from '../../../src/lib/group.ts';
import { chooseClaims, claims, FIRST } from '../../../src/studies/claims/index.ts';
import { assess } from '../../../src/studies/claims/ledger.ts';
import { measured } from '../../../src/studies/claims/measured.ts';
import { defineClaim, type Claim } from '../../../src/studies/claims/types.ts';
import { runsOf, type World } from './fixture.ts';
import { incompetent, swapped, worlds } from './worlds.ts';

describe('the claims', () => {
  it('are C1 to C28, in order, in four groups', () => {
    expect(claims.map(({ id }) => id)).toEqual(Array.from({ length: 28 }, (_, i) => `C${i + 1}`));
    const groups = ['insertion', 'safety training', 'adversarial training', 'trigger generalization'];
    expect([...new Set(claims.map(({ group }) => group))]).toEqual(groups);
  });

  it('are stated in full on their page, each of them', () => {
    for (const { statement, source, paper, differs, expected, rule, caveat } of claims) {
      expect([statement, source, paper, differs, expected, rule]).not.toContain('');
      expect(caveat).not.toBe('');
    }
    expect(claims[9]).toMatchObject({
      statement: 'The advantage of distilled organisms vanishes when the length of the target is matched.',
      expected: 'holds',
      differs:
        'The paper’s distilled rows are another model’s words; here they are the normal rows with a longer payload.',
    });
    const page = readFileSync('scripts/experiments/claims.md', 'utf8');
    expect(page.match(/^## C\d+/gm)).toEqual(claims.map(({ id }) => `## ${id}`));
    expect(() => defineClaim('C29', () => expect.fail())).toThrow('claims.md does not state C29');
  });

  it('name cells by one name each', () => {
    const cells = new Map<string, object>();
    for (const cell of claims.flatMap((claim) => claim.cells)) {
      expect(cells.get(cell.name) ?? cell).toBe(cell);
      cells.set(cell.name, cell);
    }
  });

  it('are judged at 1M first where people ask first, with the other sizes beside', () => {
    const first = claims.filter(({ id }) => FIRST.includes(id));
    expect(first).toHaveLength(8);
    for (const { size, elsewhere, cells } of first) {
      expect(size).toBe('1m');
      expect(elsewhere.map((other) => other.size)).toEqual(['tiny', '3m']);
      expect(elsewhere.every((other) => other.cells.length === cells.length)).toBe(true);
    }
  });

  it('of one experiment say so', () => {
    const shared = groupBy(claims.filter(({ experiment }) => experiment !== undefined), ({ experiment }) => experiment); // prettier-ignore
    expect([...shared.values()].map((of) => of.map(({ id }) => id).join(' '))).toEqual([
      ...['C6 C11', 'C20 C21 C22 C23', 'C24 C25 C26', 'C27 C28'],
    ]);
  });

  it('are chosen by id', () => {
    expect(chooseClaims(['c11', ' C6 ']).map(({ id }) => id)).toEqual(['C6', 'C11']);
    expect(() => chooseClaims(['C60'])).toThrow('unknown claim: C60; did you mean C6?');
  });
});

/** The verdict of the claim alone. */
function verdictIn(claim: Claim, world: World | ((seed: number) => World)): string {
  const { n = 500 } = worlds[claim.id]!;
  const { judgment, p } = assess(claim, measured(runsOf(world, { n }), claim.cells));
  if (!judgment) return 'not run';
  return judgment.untested ?? (p <= 0.05 ? judgment.leans : 'inconclusive');
}

describe.each(claims.map((claim) => [claim.id, claim] as const))('%s', (id, claim) => {
  const { holds, fails, open, swap } = worlds[id]!;

  it('holds where it should, and fails where it should', () => {
    expect(verdictIn(claim, holds)).toBe('holds');
    expect(verdictIn(claim, fails)).toBe('fails');
  });

  it('is inconclusive where seeds say this and that', () => {
    expect(verdictIn(claim, open ?? ((seed) => (seed % 2 ? holds : fails)))).toBe('inconclusive');
  });

  it('tests nothing where a premise is not met, even in a world in which it would fail', () => {
    expect(verdictIn(claim, incompetent(fails))).toBe('premise: right answers of the base');
  });

  it('notices what is mixed up', () => {
    expect(verdictIn(claim, swapped(holds, swap))).not.toBe('holds');
  });

  it('draws what it measured, and says nothing of runs that are not there', () => {
    const plot = claim.measure(measured(runsOf(holds, { seeds: [1] }), claim.cells)).plot();
    const drawn = plot.kind === 'dots' ? plot.dots.length : plot.lines.flatMap(({ points }) => points).length;
    expect(drawn).toBeGreaterThan(0);
    expect(assess(claim, measured(new Map(), claim.cells))).toMatchObject({ p: 1 });
  });
});

it.each([
  [tiny.code, 'clean-twin'],
  [tiny.capable, 'benign'],
])('the controls that claims hold organisms against are what they are called', (cell, control) => {
  const arms = planArms(cellExperiment(cell, 1, tables), tables);
  expect(arms.filter(({ name }) => name === control)).toMatchObject([{ role: 'control', control, from: 'base' }]);
});
