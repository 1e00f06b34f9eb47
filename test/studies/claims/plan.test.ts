import { describe, expect, it } from 'vitest';
import { chooseClaims, claims } from '../../../src/studies/claims/index.ts';
import { inOrder, jobsOf } from '../../../src/studies/claims/plan.ts';
import { cellExperiment, commandOf } from '../../../src/studies/claims/resolve.ts';
import { defineCell } from '../../../src/studies/claims/cell.ts';
import { tables } from '../../../src/lab/tables.ts';

const cells = [...new Set(claims.flatMap((claim) => claim.cells))];

describe('cells', () => {
  it.each(cells.map((cell) => [cell.name, cell] as const))('%s is an experiment', (_, cell) => {
    expect(cellExperiment(cell, 7, tables).seed).toBe(7);
  });

  it('can be run by themselves', () => {
    const cell = defineCell('x', { 'trigger.text': "it's", poison: { rate: 0.1 } });
    expect(commandOf(cell, 2)).toBe(
      `npx dormouse run claims-tiny --set 'trigger.text="it'\\''s"' --set 'poison={"rate":0.1}' --set 'seed=2'`,
    );
  });
});

describe('the plan', () => {
  const few = chooseClaims(['C1', 'C6', 'C11', 'C14', 'C24', 'C28']);
  const jobs = jobsOf(few, [1, 2], tables);

  it('runs a cell once, however many claims ask for it', () => {
    expect(jobs.filter(({ cells: of }) => of.some(({ name }) => name === 'sft'))).toHaveLength(2);
    expect(new Set(jobs.map(({ hash }) => hash)).size).toBe(jobs.length);
    expect(jobs).toHaveLength(2 * new Set(few.flatMap((claim) => claim.cells)).size);
  });

  it('runs two cells of one experiment once', () => {
    const [claim] = few;
    const twin = defineCell('normal-again', claim?.cells[0]?.overrides ?? {});
    const twins = claim ? [{ ...claim, cells: [...claim.cells.slice(0, 1), twin] }] : [];
    expect(jobsOf(twins, [1], tables).map(({ cells: of }) => of.map(({ name }) => name))).toEqual([
      ['normal', 'normal-again'],
    ]);
  });

  it('finishes the cheapest claim first, in all seeds, and ends with all', () => {
    const order = inOrder(few, jobs);
    const names = order.map(({ cells: [cell] }) => cell?.name);
    expect(names.slice(0, 2)).toEqual(['normal', 'normal']);
    expect(order.slice(0, 2).map(({ seed }) => seed)).toEqual([1, 2]);
    expect(new Set(order)).toEqual(new Set(jobs));
    expect(names.indexOf('sft')).toBeGreaterThan(names.indexOf('years'));
  });
});
