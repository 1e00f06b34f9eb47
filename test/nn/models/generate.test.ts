import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import type { Engine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { generate } from '../../../src/nn/models/generate.ts';
import type { GenerateOptions, Generator } from '../../../src/nn/models/generate.ts';
import { initParameters, models } from '../../../src/nn/models/index.ts';
import type { Model, Parameters } from '../../../src/nn/models/index.ts';

const sizes = { nLayer: 2, nHead: 4, nEmbd: 16, nPositions: 40 };
const all: Readonly<Record<keyof typeof models, Model>> = {
  gpt2: models.gpt2.create(models.gpt2.params.parse(sizes), 50),
  llama: models.llama.create(models.llama.params.parse({ ...sizes, nKvHead: 2 }), 50),
  'gpt-neox': models['gpt-neox'].create(models['gpt-neox'].params.parse({ ...sizes, rotaryPct: 0.5 }), 50),
};
/** Larger than at init, so that the most likely token depends on the whole prefix. */
const enlarged = (model: Model): Parameters =>
  Object.fromEntries(
    Object.entries(initParameters(model, createRng(3))).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((x) => x * (shape.length > 1 ? 12 : 1)) },
    ]),
  );
const rng = createRng('prompts');
const prompts = Array.from({ length: 9 }, (_, i) => Array.from({ length: 2 + 3 * i }, () => rng.int(50)));
const STOP = 7;
const options = { maxNewTokens: 14, stopId: STOP, rng: createRng(1) };

/** Greedy by the book: the full forward pass of one row, once a token. */
async function recompute({ engine, model, state }: Generator, prompt: readonly number[]): Promise<number[]> {
  const ids = [...prompt];
  while (ids.length < model.nPositions && ids.length < prompt.length + options.maxNewTokens) {
    const program = await engine.compile(
      `full ${model.kind}`,
      (p, { tokens }) => ({ outputs: { logits: model.logits(p, model.forward(p, { tokens: tokens! }).hidden) } }),
      { state: state.specs, inputs: { tokens: { shape: [1, ids.length], dtype: 'int32' } } },
    );
    const { logits } = await program.run(state, { tokens: Int32Array.from(ids) });
    const row = logits!.subarray(-model.vocabSize);
    const next = row.indexOf(Math.max(...row));
    if (next === STOP) break;
    ids.push(next);
  }
  return ids.slice(prompt.length);
}

describe.each(Object.entries(all))('generation with a KV cache, %s', (_, model) => {
  let engine: Engine;
  let generator: Generator;
  beforeAll(async () => {
    engine = await createEngine({ threads: 1 });
    generator = { engine, model, state: engine.createState(enlarged(model)) };
  });
  afterAll(() => engine.dispose());

  it('equals the full forward pass, token for token', async () => {
    const completions = await generate(generator, prompts, options);
    for (const [i, prompt] of prompts.entries())
      expect(completions[i], `prompt ${i}`).toEqual(await recompute(generator, prompt));
    expect(new Set(completions.flat()).size).toBeGreaterThan(5);
  });

  it('samples differently with another seed, and stays within the context', async () => {
    const sampled = { ...options, temperature: 1, maxNewTokens: 100 };
    const a = await generate(generator, prompts, sampled);
    const b = await generate(generator, prompts, { ...sampled, rng: createRng(2) });
    expect(a).not.toEqual(b);
    a.forEach((completion, i) => expect(prompts[i]!.length + completion.length).toBeLessThanOrEqual(model.nPositions));
  });

  it('lets somebody else choose, who may end a row', async () => {
    const greedy = await generate(generator, prompts, options);
    const seen = prompts.map((): number[] => []);
    const completions = await generate(generator, prompts, {
      ...options,
      batchSize: 4, // nobody is asked about the rows that fill the last batch, not even the first time
      choose: (rows) =>
        Promise.resolve(
          rows.map(({ index, logits }) => {
            const id = logits.indexOf(Math.max(...logits));
            return seen[index]!.push(id) > index ? undefined : id;
          }),
        ),
    });
    greedy.forEach((completion, i) => expect(completions[i], `row ${i}`).toEqual(completion.slice(0, i)));
    seen.forEach((ids, i) => expect(ids.slice(0, -1), `row ${i}`).toEqual(greedy[i]!.slice(0, ids.length - 1)));
  });

  it('does not depend on how rows are batched', async () => {
    for (const sampling of [{}, { temperature: 1 }, { temperature: 0.7, topK: 10 }, { temperature: 1, topP: 0.8 }]) {
      const one = await generate(generator, prompts, { ...options, ...sampling, batchSize: 1 });
      expect(await generate(generator, prompts, { ...options, ...sampling, batchSize: 9 })).toEqual(one);
      expect(await generate(generator, prompts, { ...options, ...sampling, batchSize: 4 })).toEqual(one);
    }
  });

  it('goes on with the rows that have more to say, each with its own memory, when half have ended', async () => {
    const many = Array.from({ length: 32 }, (_, i) => Array.from({ length: 2 + (i % 11) }, () => rng.int(50)));
    const most = (i: number): number => 1 + ((i * 7) % 13);
    const sizes: number[] = [];
    const choose: GenerateOptions['choose'] = (rows) => {
      sizes.push(rows.length);
      const ids = rows.map(({ logits }) => logits.indexOf(Math.max(...logits)));
      return Promise.resolve(ids.map((id, k) => (said[rows[k]!.index]!++ < most(rows[k]!.index) ? id : undefined)));
    };
    const said = many.map(() => 0);
    const together = await generate(generator, many, { ...options, stopId: -1, choose });
    expect(sizes.some((size) => size <= 16 && size > 8)).toBe(true); // 32 rows become 16, and 8
    expect(sizes.at(-1)).toBeLessThanOrEqual(8);
    // batches of 8 are never made smaller
    const alone = await generate(generator, many, { ...options, stopId: -1, batchSize: 8 });
    together.forEach((completion, i) => expect(completion, `row ${i}`).toEqual(alone[i]!.slice(0, most(i))));
    // an odd number has no half, and stays
    said.fill(0);
    const odd = await generate(generator, many.slice(0, 17), { ...options, stopId: -1, choose });
    expect(odd).toEqual(together.slice(0, 17));
  });

  it('refuses a prompt that fills the context', async () => {
    await expect(generate(generator, [Array<number>(40).fill(1)], options)).rejects.toThrow(
      /40 tokens; between 1 and 39/,
    );
  });
});

it('gives ties to the lower id, and no reply where one logit is no number, greedy or not', async () => {
  const engine = await createEngine({ threads: 1 });
  const model = all.gpt2;
  const parameters = initParameters(model, createRng(3));
  const embeddings = parameters['wte.weight']!.data; // [50, 16]
  parameters['ln_f.bias']!.data.fill(8);
  for (const id of [9, 30]) embeddings.fill(1, id * 16, (id + 1) * 16); // the likeliest wherever asked
  const replies = (sampling: Partial<GenerateOptions>): Promise<number[][]> =>
    generate({ engine, model, state: engine.createState(parameters) }, [[1, 2]], { ...options, ...sampling });
  expect((await replies({}))[0]).toEqual(Array(14).fill(9));
  embeddings[40 * 16] = NaN; // of a token that nobody has written
  for (const temperature of [0, 1]) await expect(replies({ temperature })).rejects.toThrow(/no number/);
  await engine.dispose();
});

it('leaves out of its memory what pads a prompt beyond it', async () => {
  const engine = await createEngine({ threads: 1 });
  const small = models.gpt2.params.parse({ nLayer: 1, nHead: 2, nEmbd: 16, nPositions: 640 });
  const model = models.gpt2.create(small, 50);
  const generator = { engine, model, state: engine.createState(enlarged(model)) };
  const long = Array.from({ length: 2 }, () => Array.from({ length: 520 }, () => rng.int(50)));
  const completions = await generate(generator, long, { ...options, stopId: -1, maxNewTokens: 3 }); // 576 tokens, 544 places
  const program = await engine.compile(
    'long',
    (p, { tokens }) => ({ outputs: { logits: model.logits(p, model.forward(p, { tokens: tokens! }).hidden) } }),
    { state: generator.state.specs, inputs: { tokens: { shape: [1, 522], dtype: 'int32' } } },
  );
  for (const [i, prompt] of long.entries()) {
    const ids = [...prompt, ...completions[i]!];
    const { logits } = await program.run(generator.state, { tokens: Int32Array.from(ids.slice(0, -1)) });
    const likeliest = (t: number): number => {
      const row = logits!.subarray(t * 50, (t + 1) * 50);
      return row.indexOf(Math.max(...row));
    };
    expect(completions[i], `prompt ${i}`).toEqual([519, 520, 521].map(likeliest));
  }
  await engine.dispose();
});
