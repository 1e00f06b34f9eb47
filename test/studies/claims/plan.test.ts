import { describe, expect, it } from 'vitest';
import { chooseClaims, claims, FIRST } from '../../../src/studies/claims/index.ts';
import { basedHere, besideRows, inOrder, jobsOf, unitsOf } from '../../../src/studies/claims/plan.ts';
import type { Unit } from '../../../src/studies/claims/plan.ts';
import { cellExperiment, commandOf } from '../../../src/studies/claims/resolve.ts';
import { defineCell, type Cell } from '../../../src/studies/claims/cell.ts';
import { tables } from '../../../src/lab/tables.ts';

const cells = [
  ...new Set(claims.flatMap(({ cells: own, elsewhere }) => [...own, ...elsewhere.flatMap((at) => at.cells)])),
];

describe('cells', () => {
  it.each(basedHere(cells, tables).map((cell) => [cell.name, cell] as const))('%s is an experiment', (_, cell) => {
    expect(cellExperiment(cell, 7, tables).seed).toBe(7);
  });

  it('can be run by themselves', () => {
    const cell = defineCell('x', { 'trigger.text': "it's", poison: { rate: 0.1 } });
    expect(commandOf(cell, 2)).toBe(
      `npx dormouse run claims-tiny --set 'trigger.text="it'\\''s"' --set 'poison={"rate":0.1}' --set 'seed=2'`,
    );
  });

  it('have five learning rates that stay, looked at after two lengths', () => {
    const sft = cells.find(({ name }) => name === 'sft')!;
    const arms = Object.entries(cellExperiment(sft, 1, tables).interventions);
    expect(arms.map(([name]) => name)).toEqual(['sft-5e-5', 'sft-2e-4', 'sft-5e-4', 'sft-1e-3', 'sft-2e-3']);
    for (const [name, stages] of arms)
      expect(stages).toMatchObject([
        { lr: Number(name.slice(4)), steps: 240, evalEverySteps: 120, schedule: { kind: 'constant', warmupSteps: 0 } },
      ]);
  });
});

describe('the plan', () => {
  const few = unitsOf(chooseClaims(['C1', 'C6', 'C11', 'C24', 'C28']));
  const jobs = jobsOf(few, [1, 2], tables);

  it('has the claims themselves, and then what they ask of other sizes', () => {
    expect(few.map(({ name, isAside }) => (isAside ? `(${name})` : name))).toEqual(
      ['C1', 'C6', 'C11', 'C24', 'C28', '(C6, tiny)', '(C6, 3m)', '(C11, tiny)', '(C11, 3m)'], // prettier-ignore
    );
  });

  it('says of every claim that has no row of its own whose cells serve it, or that a base is missing', () => {
    const [own, elsewhere] = [
      defineCell('own', {}),
      defineCell('elsewhere', { base: { kind: 'shipped', name: 'nobody-9b' } }),
    ];
    const unit = (name: string, ...of: Cell[]): Unit => ({ name, cells: of, isAside: false });
    const units = [unit('A', own), unit('B', own), unit('C', own, elsewhere), unit('D', elsewhere)];
    expect(besideRows(units, ['A', 'C'], tables)).toEqual({ served: ['B'], baseless: ['C', 'D'] });
  });

  it('runs a cell once, however many claims ask for it', () => {
    expect(jobs.filter(({ cells: of }) => of.some(({ name }) => name === 'sft-1m'))).toHaveLength(2);
    expect(new Set(jobs.map(({ hash }) => hash)).size).toBe(jobs.length);
    expect(jobs).toHaveLength(2 * basedHere([...new Set(few.flatMap((unit) => unit.cells))], tables).length);
  });

  it('runs two cells of one experiment once', () => {
    const [cell] = few[0]!.cells;
    const twin = defineCell('sft-again', cell!.overrides);
    const twins = [{ name: 'C1', cells: [cell!, twin], isAside: false }];
    expect(jobsOf(twins, [1], tables).map(({ cells: of }) => of.map(({ name }) => name))).toEqual([
      ['sft', 'sft-again'],
    ]);
  });

  it('runs what people ask for first, then the cheapest, other sizes last, all seeds of each', () => {
    const order = inOrder(few, jobs, FIRST).map(({ cells: [cell], seed }) => `${cell?.name} ${seed}`);
    expect(order.slice(0, 3)).toEqual(['sft-1m 1', 'sft-1m 2', 'unspecific 1']);
    const aside = inOrder(
      unitsOf(chooseClaims(['C10', 'C28'])),
      jobsOf(unitsOf(chooseClaims(['C10', 'C28'])), [1], tables),
    );
    const names = aside.map(({ cells: [cell] }) => cell!.name).filter((name) => !name.endsWith('-3m'));
    expect(names).toEqual(['unspecific', 'sft-1m', 'distilled-unmatched-1m', 'sft', 'distilled-unmatched']);
    expect(order).toHaveLength(jobs.length);
  });
});
