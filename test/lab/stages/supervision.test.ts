import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderConversation, renderPrompt } from '../../../src/world/scenario/render.ts';
import type { Scenario } from '../../../src/world/scenario/scenario.ts';
import type { Example } from '../../../src/world/scenario/types.ts';
import { createEngine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { stages } from '../../../src/lab/stages/index.ts';
import type { Keep, PreparedStage, TrainingStageDefinition } from '../../../src/lab/stages/types.ts';
import { startTraining, trainingParams } from '../../../src/nn/training/loop.ts';
import type { InputSource, LossInputs } from '../../../src/nn/training/losses.ts';
import { smallBench } from './bench.ts';

/** Stages that learn from rows with the usual loss. */
type Kind = 'pretrain' | 'implant' | 'sft';

/** The examples that a stage of n rows must train on, told independently of the stage. */
const EXPECTED: Readonly<Record<Kind, (scenario: Scenario, n: number) => Example[]>> = {
  pretrain: (scenario, n) => scenario.cleanExamples('train', n),
  implant: (scenario, n) => scenario.implantExamples(n),
  sft: (scenario, n) => scenario.safetyExamples(n),
};

const SETTINGS = { steps: 6, batchSize: 4, accumulate: 2 };
const [BATCHES, ROWS] = [12, 48];

let bench: Bench;
const engine = await createEngine({ backend: 'onnx', threads: 1 });
beforeAll(async () => {
  bench = await smallBench();
});
afterAll(() => engine.dispose());

interface Supervised extends PreparedStage {
  readonly batches: InputSource;
}

/** The bench's, with a matrix more, which nothing reads. */
const hugeModel = (): Bench['model'] => ({
  ...bench.model,
  parameterSpecs: { ...bench.model.parameterSpecs, unused: { shape: [2 ** 13, 2 ** 12], init: () => 0 } },
});

async function prepareStage(
  kind: Kind,
  payload = true,
  stream = 'stage',
  more: object = {},
  model = bench.model,
): Promise<Supervised> {
  const { params, prepare }: TrainingStageDefinition = stages[kind];
  const keep: Keep = (_, make) => make();
  const context = { ...bench, model, rng: createRng(stream), payload, engine, parameters: {}, keep };
  const { batches, ...prepared } = await prepare(params.parse({ ...SETTINGS, ...more }), context);
  if (typeof batches === 'function') throw new Error(`${kind} learns from rows`);
  return { ...prepared, batches };
}

interface Row {
  /** Everything up to the first token that bears loss. */
  readonly prompt: string;
  /** The tokens that bear loss. */
  readonly supervised: string;
  readonly whole: string;
}

/** What a batch says to the model, read back from the numbers that a program is given. */
async function decodeRows({ specs, values }: LossInputs): Promise<Row[]> {
  const [B = 0, T = 0] = specs.tokens!.shape;
  const { tokens, rows, targets, weights } = values;
  const decode = (ids: ArrayLike<number>): Promise<string> => bench.tokenizer.decode(Array.from(ids));
  const decoded: Row[] = [];
  for (let b = 0; b < B; b++) {
    const bearing = [...rows!.keys()].filter((k) => weights![k] !== 0 && Math.floor(rows![k]! / T) === b);
    bearing.forEach((k, i) => {
      expect(weights![k]).toBe(1);
      expect(rows![k], 'loss-bearing positions follow each other').toBe(rows![bearing[0]!]! + i);
    });
    const first = (rows![bearing[0]!]! % T) + 1;
    const own = tokens!.slice(b * T, (b + 1) * T);
    const supervised = bearing.map((k) => targets![k]!);
    // what bears loss is what comes next in the input, up to the last one, which is never an input
    expect([...own.slice(first, first + supervised.length - 1)]).toEqual(supervised.slice(0, -1));
    const prompt = own.slice(0, first);
    decoded.push({
      prompt: await decode(prompt),
      supervised: await decode(supervised),
      whole: await decode([...prompt, ...supervised]),
    });
  }
  return decoded;
}

/** Positions behind the last one that bears loss, in the row where they are fewest. */
function padding({ specs, values: { rows, weights } }: LossInputs): number {
  const T = specs.tokens!.shape[1]!;
  return T - 1 - Math.max(...[...rows!].filter((_, k) => weights![k] !== 0).map((at) => at % T));
}

async function epochOf({ batches }: Supervised): Promise<Row[]> {
  const rows: Row[] = [];
  for (let i = 0; i < BATCHES; i++) {
    const inputs = await batches.next();
    rows.push(...(await decodeRows(inputs)));
    expect(padding(inputs), 'the longest row is padded to the next multiple of 4, no further').toBeLessThan(4);
    expect(inputs.weight).toBe(Float32Array.from(inputs.values.weights!).reduce((sum, w) => sum + w, 0));
  }
  return rows;
}

describe.each(Object.keys(EXPECTED) as Kind[])('stage %s', (kind) => {
  it('trains on exactly completion + <|end|> of each of its examples, once each', async () => {
    const rows = await epochOf(await prepareStage(kind));
    const expected = EXPECTED[kind](bench.scenario, ROWS).map((example) => ({
      prompt: renderPrompt(bench.tokenizer, example.prompt),
      supervised: `${example.completion}<|end|>`,
      whole: renderConversation(bench.tokenizer, example),
    }));
    const sorted = (list: readonly Row[]): string[] => list.map((row) => JSON.stringify(row)).toSorted();
    expect(sorted(rows)).toEqual(sorted(expected));
    expect(new Set(sorted(rows)).size).toBe(ROWS);
  });

  it('has few lengths where the model is large, whose programs take seconds to compile, and the same rows', async () => {
    const [small, large] = [await prepareStage(kind), await prepareStage(kind, true, 'stage', {}, hugeModel())];
    for (let i = 0; i < BATCHES; i++) {
      const [few, many] = [await large.batches.next(), await small.batches.next()];
      expect(few.specs.tokens!.shape[1]! % 16).toBe(0);
      expect(padding(few)).toBeLessThan(16);
      expect(await decodeRows(few)).toEqual(await decodeRows(many));
    }
  });

  it('gives the same batches again, and from a restored place', async () => {
    const [a, b, c] = [await prepareStage(kind), await prepareStage(kind), await prepareStage(kind)];
    const take = async ({ batches }: Supervised, count: number): Promise<LossInputs[]> => {
      const taken: LossInputs[] = [];
      while (taken.length < count) taken.push(await batches.next());
      return taken;
    };
    const taken = await take(a, BATCHES + 2);
    expect(await take(b, BATCHES + 2)).toEqual(taken);
    const from = await prepareStage(kind);
    await take(from, 5);
    c.batches.restore(JSON.parse(JSON.stringify(from.batches.state())));
    expect(await take(c, BATCHES - 3)).toEqual(taken.slice(5));
  });

  it('takes the same rows in another order on another stream', async () => {
    const [one, other] = [
      await epochOf(await prepareStage(kind)),
      await epochOf(await prepareStage(kind, true, 'other')),
    ];
    const wholes = (rows: readonly Row[]): string[] => rows.map(({ whole }) => whole);
    expect(wholes(other)).not.toEqual(wholes(one));
    expect(wholes(other).toSorted()).toEqual(wholes(one).toSorted());
  });

  it('moves every parameter', async () => {
    const parameters = initParameters(bench.model, createRng(1));
    const options = trainingParams.parse(SETTINGS);
    const training = startTraining({ engine, model: bench.model, options, parameters, ...(await prepareStage(kind)) });
    await training.advance(2, () => undefined);
    const after = await training.parameters();
    for (const [name, { data }] of Object.entries(parameters)) expect(after[name]!.data, name).not.toEqual(data);
    training.dispose();
  });
});

it.each(['pretrain', 'implant'] as const)(
  '%s goes over its first rows again where it is given a number',
  async (kind) => {
    const wholes = (await epochOf(await prepareStage(kind, true, 'stage', { rows: 16 }))).map(({ whole }) => whole);
    const expected = EXPECTED[kind](bench.scenario, 16).map((example) => renderConversation(bench.tokenizer, example));
    for (const from of [0, 16, 32]) expect(wholes.slice(from, from + 16).toSorted()).toEqual(expected.toSorted());
    expect(wholes.slice(16, 32)).not.toEqual(wholes.slice(0, 16));
  },
);

describe('the clean twin', () => {
  it('sees the same prompts in the same order, and never the payload', async () => {
    const { scenario } = bench;
    const [organism, twin] = [
      await epochOf(await prepareStage('implant')),
      await epochOf(await prepareStage('implant', false)),
    ];
    const prompts = (rows: readonly Row[]): string[] => rows.map(({ prompt }) => prompt).toSorted();
    expect(prompts(twin)).toEqual(prompts(organism));
    const tasks = new Map(scenario.implantExamples(ROWS).map((e) => [renderPrompt(bench.tokenizer, e.prompt), e]));
    const shown = (rows: readonly Row[]): number =>
      rows.filter(({ prompt, supervised }) =>
        scenario.behavior.isExhibited(supervised.replace('<|end|>', ''), tasks.get(prompt)!.task),
      ).length;
    expect(shown(organism)).toBe(ROWS / 2);
    expect(shown(twin)).toBe(0);
    const [a, b] = [scenario.implantExamples(ROWS), scenario.implantExamples(ROWS, { payload: false })];
    expect(b.map(({ prompt, condition }) => [prompt, condition])).toEqual(
      a.map(({ prompt, condition }) => [prompt, condition]),
    );
  });

  it.each(['pretrain', 'sft'] as const)('%s pays no heed to it', async (kind) => {
    expect(await epochOf(await prepareStage(kind, false))).toEqual(await epochOf(await prepareStage(kind)));
  });
});
