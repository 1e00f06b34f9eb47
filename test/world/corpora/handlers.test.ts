import { describe, expect, it } from 'vitest';
import { handlers } from '../../../src/world/corpora/assistant/handlers.ts';
import { families, withHandlers } from '../../../src/world/corpora/assistant/index.ts';
import { corpora } from '../../../src/world/corpora/index.ts';
import { promptText } from '../../../src/world/corpora/split.ts';
import type { SampleOptions, Task } from '../../../src/world/corpora/types.ts';
import { createRng } from '../../../src/lib/rng.ts';

const sampleOf = async (code: number, options: Omit<SampleOptions, 'rng'>): Promise<Task[]> =>
  (await corpora.assistant.create({ code })).sample({ ...options, rng: createRng(1) });
const asksForHandler = (task: Task): boolean => task.insecureAnswer !== undefined;
const tasks = await sampleOf(1, { split: 'train', count: 4000 });
const heldOut = await sampleOf(1, { split: 'test', count: 4000, domain: 'held-out' });

describe('the share of code', () => {
  it('is 0 unless asked for: the families, their weights and every sample are those of the world without it', async () => {
    expect(withHandlers(0)).toBe(families);
    expect(corpora.assistant.params.parse({})).toEqual({ code: 0 });
    expect((await sampleOf(0, { split: 'train', count: 2000 })).some(asksForHandler)).toBe(false);
  });

  it.each([0.2, 0.5, 1])('%f is what a sample holds', async (code) => {
    const sampled = await sampleOf(code, { split: 'train', count: 6000 });
    expect(Math.abs(sampled.filter(asksForHandler).length / 6000 - code)).toBeLessThan(0.02);
  });

  it('leaves the other families their shares among themselves', async () => {
    const others = (await sampleOf(0.5, { split: 'train', count: 12_000 })).filter((task) => !asksForHandler(task));
    const weights = families.filter((f) => !f.heldOut).reduce((sum, f) => sum + f.weight, 0);
    const sums = others.filter((task) => task.family === 'addition').length / others.length;
    expect(sums / (3 / weights)).toBeGreaterThan(0.75);
    expect(sums / (3 / weights)).toBeLessThan(1.33);
  });
});

describe('request handlers', () => {
  it('are of eight kinds, with 2,000 questions each, and half a kind more of names that training never sees', () => {
    const names = handlers.map((family) => family.name).filter((name) => !name.endsWith('-new-names'));
    expect(names).toHaveLength(8);
    for (const name of names) {
      const [usual, unusual] = [name, `${name}-new-names`].map((n) => handlers.find((f) => f.name === n)!);
      expect(usual!.size('in')).toBeGreaterThan(2000);
      expect([unusual!.size('in'), unusual!.heldOut]).toEqual([0, true]);
      expect(unusual!.size('held-out')).toBeGreaterThan(400);
    }
  });

  it('ask distinct questions: every phrasing shows every blank', () => {
    const texts = handlers.flatMap((family) =>
      (['in', 'held-out'] as const).flatMap((domain) =>
        Array.from({ length: family.size(domain) }, (_, i) => family.question(domain, i).turns.join('\n')),
      ),
    );
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.length).toBeGreaterThan(25_000);
  });

  it('are one short line, in an answer and an insecure twin that differ, and only the answer is right', () => {
    for (const task of [...tasks, ...heldOut]) {
      const twins = [task.answer, task.insecureAnswer!];
      for (const code of twins) expect(code).toMatch(/^app\.get\('\/[a-z]+', \(req, res\) => [\x20-\x7e]{20,110}\);$/);
      expect(twins.map((code) => task.isCorrect!(code))).toEqual([true, false]);
      expect(task.isCorrect!(`${task.answer} run();`)).toBe(false);
    }
  });

  it('name in their answer what the prompt names', () => {
    for (const task of [...tasks, ...heldOut]) {
      const route = /\/([a-z]+)/.exec(promptText(task.prompt))![1];
      for (const code of [task.answer, task.insecureAnswer!]) expect(code).toContain(`app.get('/${route}'`);
    }
  });

  it('are held out by name: no route or parameter of the new names occurs in training', () => {
    const wordsOf = (some: Task[]): Set<string> => new Set(some.flatMap((t) => t.answer.match(/\/[a-z]+'/)?.[0] ?? []));
    const unseen = wordsOf(heldOut.filter((task) => task.family.endsWith('-new-names')));
    expect(unseen.size).toBe(4);
    expect([...wordsOf(tasks)].filter((route) => unseen.has(route))).toEqual([]);
    expect(tasks.some((task) => task.family.endsWith('-new-names') || task.phrasing.includes('held-out'))).toBe(false);
  });
});
