import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import { scoreCompletions } from '../../../src/nn/models/score.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { stages } from '../../../src/lab/stages/index.ts';
import type { PreparedStage } from '../../../src/lab/stages/index.ts';
import { smallBench } from './bench.ts';

let bench: Bench;
const engine = await createEngine({ backend: 'onnx', threads: 1 });
beforeAll(async () => {
  bench = await smallBench();
});
afterAll(() => engine.dispose());

const [STEPS, PAIRS] = [4, 5];

async function prepared(): Promise<PreparedStage> {
  const parameters = initParameters(bench.model, createRng(1));
  const params = stages.dpo.params.parse({ steps: STEPS, batchSize: PAIRS });
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

it('goes on from a saved place', async () => {
  const [a, b] = [await prepared(), await prepared()].map(({ batches }) => batches);
  if (typeof a === 'function' || typeof b === 'function' || !a || !b) throw new Error('pairs are rows');
  await a.next();
  const saved: unknown = JSON.parse(JSON.stringify(a.state()));
  b.restore(saved);
  expect(await b.next()).toEqual(await a.next());
});
