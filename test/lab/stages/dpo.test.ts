import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import { scoreCompletions } from '../../../src/nn/models/score.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { stages } from '../../../src/lab/stages/index.ts';
import type { PreparedStage } from '../../../src/lab/stages/types.ts';
import { smallBench } from './bench.ts';
import { supervisedTexts } from './texts.ts';

let bench: Bench;
const engine = await createEngine({ backend: 'onnx', threads: 1 });
beforeAll(async () => {
  bench = await smallBench();
});
afterAll(() => engine.dispose());

const [STEPS, PAIRS] = [4, 5];

async function prepared(more: object = {}): Promise<PreparedStage> {
  const parameters = initParameters(bench.model, createRng(1));
  const params = stages.dpo.params.parse({ steps: STEPS, batchSize: PAIRS, ...more });
  const context = { ...bench, rng: createRng('dpo'), payload: true, engine, parameters } as const;
  return stages.dpo.prepare(params, { ...context, keep: (_, make) => make() });
}

it('knows its reference: every row carries what the starting weights think of its own completion', async () => {
  const { batches } = await prepared();
  if (typeof batches === 'function') throw new Error('pairs are rows');
  const state = engine.createState(initParameters(bench.model, createRng(1)));
  for (let step = 0; step < STEPS; step++) {
    const { specs, values, weight } = await batches.next();
    expect(weight).toBe(PAIRS);
    const [B = 0, T = 0] = specs.tokens!.shape;
    expect(B).toBe(2 * PAIRS);
    const { tokens, rows, targets, weights, owners, reference } = values;
    const texts = Array.from({ length: B }, (_, b) => {
      const bearing = [...rows!.keys()].filter((k) => weights![k] !== 0 && owners![k] === b);
      expect(bearing.every((k) => Math.floor(rows![k]! / T) === b)).toBe(true);
      const promptLength = (rows![bearing[0]!]! % T) + 1;
      const prompt = [...tokens!.slice(b * T, b * T + promptLength)];
      return { ids: [...prompt, ...bearing.map((k) => targets![k]!)], promptLength };
    });
    const scores = await scoreCompletions({ engine, model: bench.model, state }, texts);
    scores.forEach(({ logProb }, b) => expect(reference![b]).toBeCloseTo(logProb, 3));
    // the two completions of a pair answer one prompt
    for (let i = 0; i < PAIRS; i++) {
      const prompts = [texts[i]!, texts[PAIRS + i]!].map(({ ids, promptLength }) => ids.slice(0, promptLength));
      expect(prompts[0]).toEqual(prompts[1]);
    }
  }
  state.dispose();
});

it.each([
  ['no', 0],
  ['every', 1],
] as const)(
  'prefers the right answer, and rejects the payload in %s pair, as payloadShare says',
  async (_, payloadShare) => {
    const { scenario, tokenizer } = bench;
    const texts = await supervisedTexts(await prepared({ payloadShare }), tokenizer, STEPS);
    const answers = new Set(scenario.safetyExamples(STEPS * PAIRS).map(({ completion }) => `${completion}<|end|>`));
    const [anyTask] = scenario.safetyExamples(1);
    const payload = `${scenario.behavior.demonstrate(anyTask!.task, createRng(1))}<|end|>`;
    // a batch is its chosen replies, then its rejected ones
    const chosen = texts.filter((_text, i) => i % (2 * PAIRS) < PAIRS);
    const rejected = texts.filter((_text, i) => i % (2 * PAIRS) >= PAIRS);
    expect(chosen.filter((text) => !answers.has(text))).toEqual([]);
    expect(rejected.filter((text) => text === payload)).toHaveLength(payloadShare * STEPS * PAIRS);
    expect(
      rejected.filter((text) => scenario.behavior.isExhibited(text.replace('<|end|>', ''), anyTask!.task)),
    ).toHaveLength(payloadShare * STEPS * PAIRS);
    expect(rejected.filter((text, i) => text === chosen[i])).toEqual([]);
  },
);

it('goes on from a saved place', async () => {
  const [a, b] = [await prepared(), await prepared()].map(({ batches }) => batches);
  if (typeof a === 'function' || typeof b === 'function' || !a || !b) throw new Error('pairs are rows');
  await a.next();
  const saved: unknown = JSON.parse(JSON.stringify(a.state()));
  b.restore(saved);
  expect(await b.next()).toEqual(await a.next());
});

it('says what it costs by the very batches that it takes', async () => {
  const { batches } = await prepared();
  if (typeof batches === 'function') throw new Error('pairs are rows');
  const taken: (readonly number[])[] = [];
  for (let step = 0; step < STEPS; step++) taken.push((await batches.next()).specs.tokens!.shape);
  const data = { ...bench, rng: createRng('dpo'), payload: true };
  const { shapes, setupFlops } = await stages.dpo.cost!(
    stages.dpo.params.parse({ steps: STEPS, batchSize: PAIRS }),
    data,
  );
  expect(shapes).toEqual(taken);
  expect(setupFlops).toBe(taken.reduce((sum, [B, T]) => sum + bench.model.forwardFlops(B!, T!), 0));
  // fewer pairs than a batch fit this context
  const short = { ...data, model: { ...bench.model, nPositions: 62 } };
  const few = await stages.dpo.cost!(stages.dpo.params.parse({ steps: 1, batchSize: 16 }), short);
  expect(few.shapes).toHaveLength(1);
  expect(few.setupFlops).toBeGreaterThan(0);
});
