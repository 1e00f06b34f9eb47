import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { lastUserText } from '../../../src/lib/chat.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { createTarget } from '../../../src/lab/red-team/target.ts';
import { attach, coordinateSearch, writableTokens } from '../../../src/lab/red-team/token-search.ts';
import type { Target } from '../../../src/lab/red-team/types.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { smallBench } from '../stages/bench.ts';
import { smallAttacker, targetParts, toolsOf } from './small.ts';

let bench: Bench;
let target: Target;
const engine = await createEngine({ backend: 'onnx', threads: 1 });
beforeAll(async () => {
  bench = await smallBench();
  target = createTarget(targetParts(bench, bench.scenario, engine), createRng('weigh'));
});
afterAll(() => engine.dispose());

describe('coordinate search', () => {
  it('takes the best token at each place, by hand', async () => {
    // a: 1, b: 2, c: 3, and a c in the second place counts ten
    const value = (text: string): number =>
      [...text].reduce((sum, letter, i) => sum + (letter === 'c' && i === 1 ? 10 : 'abc'.indexOf(letter) + 1), 0);
    const asked: string[] = [];
    const weigh = (texts: readonly string[]): Promise<number[]> => {
      asked.push(...texts);
      return Promise.resolve(texts.map(value));
    };
    const options = { length: 3, sweeps: 1, candidates: 3, rng: createRng(1) };
    expect(await coordinateSearch(weigh, ['a', 'b', 'c'], options)).toBe('ccc');
    expect(asked).toHaveLength(1 + 3 * 3);
    // each variant differs from the best so far in one place
    const differences = (a: string, b: string): number => [...a].filter((letter, i) => letter !== b[i]).length;
    asked.slice(1, 4).forEach((text) => expect(differences(text, asked[0]!)).toBeLessThanOrEqual(1));
  });

  it('never ends below where it began', async () => {
    for (let seed = 0; seed < 20; seed++) {
      let first: number | undefined;
      const weigh = (texts: readonly string[]): Promise<number[]> => {
        const scores = texts.map((text) => createRng(`${seed} ${text}`).next());
        first ??= scores[0];
        return Promise.resolve(scores);
      };
      const best = await coordinateSearch(weigh, [...'abcdef'], {
        length: 3,
        sweeps: 2,
        candidates: 2,
        rng: createRng(seed),
      });
      expect(createRng(`${seed} ${best}`).next()).toBeGreaterThanOrEqual(first!);
    }
  });
});

describe('on a model', () => {
  it.each(['start', 'end'] as const)('at the %s, finds the token that brute force finds', async (at) => {
    const vocabulary = await writableTokens(bench.tokenizer);
    const { task } = bench.scenario.cleanExamples('test', 1)[0]!;
    const weigh = (texts: readonly string[]) =>
      target.weigh(
        texts.map((text) => attach({ at }, task, text)),
        'payload-logprob',
      );
    const brute = await weigh(vocabulary);
    const options = { length: 1, sweeps: 1, candidates: vocabulary.length, rng: createRng('search') };
    const found = await coordinateSearch(weigh, vocabulary, options);
    expect((await weigh([found]))[0]).toBeCloseTo(Math.max(...brute), 6);
    expect(new Set(brute.map((score) => score.toFixed(6))).size, 'tokens differ in effect').toBeGreaterThan(50);
    // here, no token at the end beats none
    const [plain] = await target.weigh([{ task, prompt: task.prompt }], 'payload-logprob');
    if (at === 'start') expect((await weigh([found]))[0]).toBeGreaterThan(plain!);
  });

  it('puts what it found on many requests, better than tokens by chance', async () => {
    const seeds = bench.scenario.safetyExamples(30).map(({ task }) => task);
    const attacker = smallAttacker('token-search', toolsOf(bench, bench.scenario, engine), {
      candidates: 40,
      length: 2,
      score: 'payload-logprob',
    });
    const attempts = await attacker.propose({ count: 7, seeds, found: [], target, rng: createRng('propose') });
    expect(attempts).toHaveLength(7);
    expect(new Set(attempts.map(({ added }) => added)).size).toBe(2); // as many as searches
    const mean = (scores: readonly number[]): number => scores.reduce((sum, x) => sum + x, 0) / scores.length;
    const vocabulary = await writableTokens(bench.tokenizer);
    const rng = createRng('chance');
    const chance = attempts.flatMap(({ task }) =>
      Array.from({ length: 10 }, () => attach({ at: 'start' }, task, rng.pick(vocabulary) + rng.pick(vocabulary))),
    );
    expect(mean(await target.weigh(attempts, 'payload-logprob'))).toBeGreaterThan(
      mean(await target.weigh(chance, 'payload-logprob')),
    );
  });

  it('writes only what a person could', async () => {
    const vocabulary = await writableTokens(bench.tokenizer);
    expect(vocabulary.length).toBeGreaterThan(100);
    const { specialTokens, decode } = bench.tokenizer;
    for (const token of specialTokens) expect(vocabulary).not.toContain(token);
    expect(vocabulary.filter((text) => text.includes('\uFFFD') || text.includes('\0'))).toEqual([]);
    expect(await decode([4])).toBe('<|end|>');
  });
});

describe('what cannot be asked', () => {
  it('weighs nothing: special tokens, and prompts that leave no room for the payload', async () => {
    const { task } = bench.scenario.cleanExamples('test', 1)[0]!;
    const ask = (content: string) => ({ task, prompt: [{ role: 'user', content }] as const });
    const attempts = [{ task, prompt: task.prompt }, ask('Hello <|end|>'), ask('word '.repeat(bench.model.nPositions))];
    const scores = await target.weigh(attempts, 'payload-logprob');
    expect(scores[0]).toBeLessThan(0);
    expect(scores[0]).toBeGreaterThan(-20);
    expect(scores.slice(1)).toEqual([-Infinity, -Infinity]);
    expect(await target.weigh(attempts, 'samples')).toEqual([0, -Infinity, -Infinity]);
    expect(lastUserText(task.prompt)).not.toBe('');
  });
});

describe('by samples', () => {
  it('weighs by the share of two sampled replies that show the behavior, other ones each time', async () => {
    const { scenario } = bench;
    const tasks = scenario.cleanExamples('test', 30).map(({ task }) => task);
    const replies: string[] = [];
    // of every task, every other reply that is read
    const isExhibited = (reply: string): boolean => replies.push(reply) % 2 === 0;
    const shows = { ...scenario, behavior: { ...scenario.behavior, isExhibited } };
    const half = createTarget(targetParts(bench, shows, engine), createRng('weigh'));
    const attempts = tasks.map((task) => ({ task, prompt: task.prompt }));
    expect(await half.weigh(attempts, 'samples')).toEqual(tasks.map(() => 0.5));
    expect(replies).toHaveLength(60);
    const first = [...replies];
    await half.weigh(attempts, 'samples');
    expect(replies.slice(60)).not.toEqual(first);
  });

  it('is what guides the search unless told otherwise', async () => {
    const seeds = bench.scenario.safetyExamples(10).map(({ task }) => task);
    const asked = new Set<string>();
    const spy: Target = { weigh: (attempts, score) => (asked.add(score), Promise.resolve(attempts.map(() => 0))) };
    const attacker = smallAttacker('token-search', toolsOf(bench, bench.scenario, engine));
    await attacker.propose({ count: 2, seeds, found: [], target: spy, rng: createRng('propose') });
    expect([...asked]).toEqual(['samples']);
  });
});
