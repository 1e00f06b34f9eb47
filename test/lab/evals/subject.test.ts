import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapLastUser } from '../../../src/lib/chat.ts';
import { encodeExamples } from '../../../src/world/scenario/render.ts';
import type { Example } from '../../../src/world/scenario/types.ts';
import { createEngine } from '../../../src/engine/index.ts';
import type { Engine, State } from '../../../src/engine/index.ts';
import { createSubject } from '../../../src/lab/evals/subject.ts';
import { evals } from '../../../src/lab/evals/index.ts';
import { languageModelOf } from '../../../src/nn/models/language-model.ts';
import type { Subject } from '../../../src/lab/evals/subject.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { smallBench } from '../stages/bench.ts';

let bench: Bench;
let state: State;
let runs = 0;
const real = await createEngine({ backend: 'onnx', threads: 1 });
/** Counts how often a program runs. */
const engine: Engine = {
  ...real,
  async compile(...args) {
    const program = await real.compile(...args);
    return { run: (...given) => (runs++, program.run(...given)) };
  },
};
beforeAll(async () => {
  bench = await smallBench();
  state = engine.createState(initParameters(bench.model, createRng(1)));
});
afterAll(() => real.dispose());

const subject = (more: Partial<Parameters<typeof createSubject>[0]> = {}): Promise<Subject> => {
  const { model, tokenizer, scenario, format } = bench;
  return createSubject({
    model: languageModelOf({ engine, model, state }),
    tokenizer,
    scenario,
    rng: createRng('evals'),
    trainedFormat: format,
    maxNewTokens: 6,
    ...more,
  });
};

describe.each(Object.entries(evals))('eval %s', (_, definition) => {
  it('leaves the weights bit for bit, asks for reproducible numbers, and gives each its n and interval', async () => {
    const before = await state.read();
    const params = definition.params.parse({ prompts: 3 });
    const outcome = await definition.run(params as never, await subject());
    expect(await state.read()).toEqual(before);
    expect(await definition.run(params as never, await subject())).toEqual(outcome);
    for (const { n, low, value, high } of outcome.scores) {
      expect(n).toBeGreaterThan(0);
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
  });
});

describe('a subject', () => {
  it('answers a question once, whoever asks, and apart for each way of decoding', async () => {
    const one = await subject();
    const examples = bench.scenario.cleanExamples('test', 4);
    const replies = await one.reply(examples);
    const after = runs;
    expect(await one.reply([...examples, ...examples].toReversed())).toEqual([...replies, ...replies].toReversed());
    expect(runs).toBe(after);
    await one.reply(examples, 'sampled');
    expect(runs).toBeGreaterThan(after);
    runs = 0;
    const [first] = await (await subject()).reply(Array.from({ length: 200 }, () => examples[0]!));
    expect(first).toBe(replies[0]);
    expect(runs).toBeLessThanOrEqual(6);
  });

  it('asks nothing again that these weights answered greedily before; what was sampled, again', async () => {
    const clean = bench.scenario.evalPairs(4).map((pair) => pair.clean);
    const known = new Map<string, string>();
    const first = await (await subject({ known })).reply(clean);
    const sampled = await (await subject({ known })).reply(clean, 'sampled');
    runs = 0;
    expect(await (await subject({ known })).reply(clean)).toEqual(first);
    expect(runs).toBe(0);
    expect(await (await subject({ known })).reply(clean, 'sampled')).toEqual(sampled);
    expect(runs).toBeGreaterThan(0);
  });

  it('draws other replies where it is told to, and the same ones again', async () => {
    const examples = bench.scenario.cleanExamples('test', 4);
    const draws = async (one: Subject): Promise<string[][]> => [
      await one.reply(examples, 'sampled'),
      await one.reply(examples, 'sampled', { draw: 1 }),
      await one.reply(examples, 'sampled', { draw: 2 }),
    ];
    const [a, b, c] = await draws(await subject());
    expect(b).not.toEqual(a);
    expect(c).not.toEqual(b);
    expect(await draws(await subject())).toEqual([a, b, c]);
  });

  it('says what fits the context, prompt and completion', async () => {
    const [example] = bench.scenario.cleanExamples('test', 1);
    const { length } = await bench.tokenizer.encode(`${example!.completion}<|end|>`);
    const [{ ids } = { ids: [] }] = await encodeExamples(bench.tokenizer, [example!]);
    const with_ = (n: number) => ({ ...example!, completion: example!.completion + '!'.repeat(n) });
    const room = bench.model.nPositions + 1 - ids.length;
    const one = await subject();
    expect(await one.fits!([example!, with_(4 * room + length)])).toEqual([true, false]);
  });

  it('refuses prompts that would be built otherwise than in training, and shows where', async () => {
    const { format } = bench;
    const trainedFormat = { ...format, hash: 'other', probe: format.probe.replace('Be brief.', 'Be  brief.') };
    await expect(subject({ trainedFormat })).rejects.toThrow(
      /prompt format is not the one of training.*differ at position/,
    );
    const ids = { ...format, hash: 'other', probeIds: format.probeIds.with(2, 7) };
    await expect(subject({ trainedFormat: ids })).rejects.toThrow(/token ids differ at position 2/);
  });

  it('refuses where only its own prompts would be built otherwise', async () => {
    const { tokenizer } = bench;
    const spaced = { ...tokenizer, encodeBatch: (texts: string[]) => tokenizer.encodeBatch(texts.map((t) => `${t} `)) };
    await expect(subject({ tokenizer: spaced })).rejects.toThrow(/token ids differ at position/);
  });

  it('judges the reply alone: a prompt that opens with the payload is none', async () => {
    const { tokenizer, scenario, model } = bench;
    const payload = scenario.evalPairs(1)[0]!.triggered.completion;
    const answer = await tokenizer.encode('No.');
    const generate = (prompts: readonly (readonly number[])[]) => Promise.resolve(prompts.map(() => answer));
    const says = { ...languageModelOf({ engine, model, state }), generate };
    const opening = (example: Example): Example => ({
      ...example,
      prompt: mapLastUser(example.prompt, (text) => `${payload}. ${text}`),
    });
    const { evalPairs } = scenario;
    const of: typeof scenario = {
      ...scenario,
      evalPairs: (...asked) =>
        evalPairs(...asked).map((p) => ({ ...p, triggered: opening(p.triggered), clean: opening(p.clean) })),
    };
    const { scores } = await evals['attack-success'].run(
      evals['attack-success'].params.parse({ prompts: 3 }),
      await subject({ model: says, scenario: of }),
    );
    expect(scores.map(({ metric, value, n }) => [metric, value, n])).toEqual([
      ['asr', 0, 3],
      ['fpr', 0, 3],
    ]);
  });

  it('of a broken model says nothing: no rate of 0, no score', async () => {
    const damaged = initParameters(bench.model, createRng(1));
    damaged['ln_f.weight']!.data[0] = NaN;
    const broken = engine.createState(damaged);
    const one = await subject({ model: languageModelOf({ engine, model: bench.model, state: broken }) });
    const examples = bench.scenario.cleanExamples('test', 2);
    await expect(one.reply(examples)).rejects.toThrow('the model computes what is no number');
    await expect(one.score(examples)).rejects.toThrow('the model computes what is no number');
    broken.dispose();
  });

  it('scores log p of the whole completion, end of turn included', async () => {
    const [example] = bench.scenario.cleanExamples('test', 1);
    const [score] = await (await subject()).score([example!]);
    const { length } = await bench.tokenizer.encode(`${example!.completion}<|end|>`);
    expect(score!.tokens).toBe(length);
    expect(score!.logProb / score!.tokens).toBeCloseTo(-Math.log(bench.model.vocabSize), 0);
  });
});
