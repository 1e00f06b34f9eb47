import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planArms } from '../../../src/lab/assemble/arms.ts';
import { tables } from '../../../src/lab/tables.ts';
import { capable, code } from '../../../src/studies/claims/cells.ts';
import { cellExperiment } from '../../../src/studies/claims/resolve.ts';
import { chooseClaims, claims } from '../../../src/studies/claims/index.ts';
import { measured } from '../../../src/studies/claims/measured.ts';
import { defineClaim } from '../../../src/studies/claims/types.ts';
import { judge } from '../../../src/studies/claims/verdict.ts';
import { runsOf } from './fixture.ts';
import { worlds } from './worlds.ts';

/** Fewer than a ledger takes: these worlds lie far from the thresholds, or on them. */
const DRAWS = 200;

describe('the claims', () => {
  it('are C1 to C28, in order, in four groups', () => {
    expect(claims.map(({ id }) => id)).toEqual(Array.from({ length: 28 }, (_, i) => `C${i + 1}`));
    const groups = ['insertion', 'safety training', 'adversarial training', 'trigger generalization'];
    expect([...new Set(claims.map(({ group }) => group))]).toEqual(groups);
  });

  it('are stated in full on their page, each of them', () => {
    for (const { statement, source, paper, expected, rule, caveat } of claims) {
      expect([statement, source, paper, expected, rule]).not.toContain('');
      expect(caveat).not.toBe('');
    }
    expect(claims[10]).toMatchObject({
      statement: 'The verdict “persists” or “removed” flips with the learning rate of safety training.',
      expected: 'holds',
      caveat: 'The pair is chosen on the means, so its two intervals are a little optimistic.',
    });
    const page = readFileSync('scripts/experiments/claims.md', 'utf8');
    expect(page.match(/^## C\d+/gm)).toEqual(claims.map(({ id }) => `## ${id}`));
    expect(() => defineClaim('C29', [], () => expect.fail())).toThrow('claims.md does not state C29');
  });

  it('measure C17 after as many steps as its rule says', () => {
    const { rule, cells, measure } = claims[16] ?? expect.fail();
    const steps = /(\d+) steps of its reversal/.exec(rule)?.[1];
    const { checks } = measure(measured(new Map(), cells, 1));
    expect(checks.at(-1)?.what).toBe(`attack success after ${steps} steps of reversal`);
  });

  it('name cells by one name each', () => {
    const cells = new Map<string, object>();
    for (const cell of claims.flatMap((claim) => claim.cells)) {
      expect(cells.get(cell.name) ?? cell).toBe(cell);
      cells.set(cell.name, cell);
    }
  });

  it('are chosen by id', () => {
    expect(chooseClaims(['c11', ' C6 ']).map(({ id }) => id)).toEqual(['C6', 'C11']);
    expect(() => chooseClaims(['C60'])).toThrow('unknown claim: C60; did you mean C6?');
  });
});

describe.each(claims.map((claim) => [claim.id, claim] as const))('%s', (id, claim) => {
  it.each(['holds', 'fails', 'inconclusive'] as const)('%s in a world made for it', (verdict) => {
    const { [verdict]: world = {}, n = 500 } = worlds[id] ?? {};
    const evidence = claim.measure(measured(runsOf(world, { n }), claim.cells, DRAWS));
    expect(judge(evidence.checks, evidence.needs)).toMatchObject({ verdict });
    const { plot } = evidence;
    const drawn = plot.kind === 'dots' ? plot.dots.length : plot.lines.flatMap(({ points }) => points).length;
    expect(drawn).toBeGreaterThan(0);
  });

  it('says nothing of runs that are not there', () => {
    const evidence = claim.measure(measured(new Map(), claim.cells));
    expect(judge(evidence.checks, evidence.needs).verdict).toBe('inconclusive');
  });
});

describe('the controls that claims hold organisms against', () => {
  it('C5 looks at the twin: it does not hold where the twin shows nothing in 2023 and the organism does', () => {
    const world = { code: { organism: { asr: 1, fpr: 0.3 }, 'clean-twin': { asr: 0, fpr: 0 } } };
    const [claim] = chooseClaims(['C5']);
    const { checks, needs } = claim!.measure(measured(runsOf(world), claim!.cells, DRAWS));
    expect(checks.map(({ estimate }) => Number(estimate?.value.toFixed(6)))).toEqual([0.1, 0.3]);
    expect(judge(checks, needs)).toEqual({ verdict: 'fails', reason: 'rate in 2023 minus the clean twin’s' });
  });

  it.each([
    [code, 'clean-twin'],
    [capable, 'benign'],
  ])('are what they are called', (cell, control) => {
    const arms = planArms(cellExperiment(cell, 1, tables), tables);
    expect(arms.filter(({ name }) => name === control)).toMatchObject([{ role: 'control', control, from: 'base' }]);
  });
});
