import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import type { Engine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import type { Generator } from '../../../src/nn/models/generate.ts';
import { initParameters, models } from '../../../src/nn/models/index.ts';
import { readLogits } from '../../../src/nn/models/read.ts';
import { scoreCompletions } from '../../../src/nn/models/score.ts';

const model = models.gpt2.create(models.gpt2.params.parse({ nLayer: 2, nHead: 2, nEmbd: 16, nPositions: 40 }), 50);
const rng = createRng('texts');
/** More than one batch, more than one bucket, one of a single token and one of the whole context. */
const texts = Array.from({ length: 19 }, (_, i) =>
  Array.from({ length: i === 18 ? 40 : 1 + 2 * i }, () => rng.int(50)),
);

let engine: Engine;
let generator: Generator;
beforeAll(async () => {
  engine = await createEngine({ threads: 1 });
  const parameters = Object.entries(initParameters(model, createRng(3))).map(([name, { shape, data }]) => [
    name,
    { shape, data: data.map((x) => x * (shape.length > 1 ? 12 : 1)) },
  ]);
  generator = { engine, model, state: engine.createState(Object.fromEntries(parameters)) };
});
afterAll(() => engine.dispose());

it('expects of every place what scoring says', async () => {
  const logProbs = texts.map((): number[] => []);
  await readLogits(generator, texts, (text, at, logits) => {
    expect(at).toBe(logProbs[text]!.length);
    const sum = logits.reduce((total, x) => total + Math.exp(x), 0);
    logProbs[text]!.push(logits[texts[text]![at + 1] ?? 0]! - Math.log(sum));
  });
  expect(logProbs.map(({ length }) => length)).toEqual(texts.map(({ length }) => length));
  const longer = texts.filter(({ length }) => length > 1);
  for (const promptLength of [1, 7]) {
    const cut = longer.filter(({ length }) => length > promptLength);
    const scores = await scoreCompletions(generator, cut.map((ids) => ({ ids, promptLength }))); // prettier-ignore
    cut.forEach((ids, i) => {
      const own = logProbs[texts.indexOf(ids)]!.slice(promptLength - 1, -1);
      expect(own.length).toBe(scores[i]!.tokens);
      expect(own.reduce((a, b) => a + b, 0)).toBeCloseTo(scores[i]!.logProb, 3);
    });
  }
});
