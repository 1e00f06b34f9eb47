import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import type { Specs, Values } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { parameterTensorSpecs } from '../../../src/nn/models/index.ts';
import type { Model, Parameters } from '../../../src/nn/models/index.ts';
import { scoreCompletions } from '../../../src/nn/models/score.ts';
import type { InputSource, Loss, LossInputs } from '../../../src/nn/training/losses.ts';
import { bradleyTerryLoss, pairSource, scoreTexts, SCORE_HEAD } from '../../../src/nn/training/preference-model.ts';
import { grpo } from '../../../src/nn/training/rl/grpo.ts';
import { ppo } from '../../../src/nn/training/rl/ppo.ts';
import { rloo } from '../../../src/nn/training/rl/rloo.ts';
import { rolloutSource } from '../../../src/nn/training/rl/rollout.ts';
import { readTokens } from '../../../src/nn/training/rl/teacher-forced.ts';
import type { Algorithm, Columns, Episode } from '../../../src/nn/training/rl/types.ts';
import { initHead, withHead } from '../../../src/nn/training/scalar-head.ts';
import { startTraining, trainingParams } from '../../../src/nn/training/loop.ts';
import { conversations, episode, log, model as small, parameters as smallParameters, said } from './small.ts';

const engine = await createEngine({ backend: 'onnx', threads: 1 });
afterAll(() => engine.dispose());

/** Two tokens; the next one depends on the last alone: after 0 it is 1 with probability 3/4, after 1 it is 0 with 3/5. */
const table: Model = {
  ...{
    kind: 'table',
    key: 'table',
    vocabSize: 2,
    nPositions: 8,
    nLayer: 0,
    nHead: 1,
    nKvHead: 1,
    headSize: 2,
    width: 2,
  },
  hfConfig: {},
  parameterSpecs: { table: { shape: [2, 2], init: () => 0 } },
  forward: (p, { tokens }) => ({ hidden: tf.gather(p.table!, tf.reshape(tokens, [-1])), present: [] }),
  logits: (_, hidden) => hidden,
  forwardFlops: () => 0,
};
const tableParameters: Parameters = { table: { shape: [2, 2], data: Float32Array.from(log(0.25, 0.75, 0.6, 0.4)) } };
/** A head that says `weight` times the first hidden value, plus `bias`. */
const headOf = (name: string, weight: number, bias: number): Parameters => ({
  [`${name}.weight`]: { shape: [2, 1], data: Float32Array.of(weight, 0) },
  [`${name}.bias`]: { shape: [1], data: Float32Array.of(bias) },
});

/** Chosen and rejected replies: [0] and [0, 1], none, [0, 0] and [1]. */
const compared = [
  [[1, 0], [0, 0, 1], 1],
  [[0], [1], 1],
  [[1, 0, 0], [1, 1], 1],
].map(([chosen, rejected, promptLength]) => ({
  chosen: { ids: chosen as number[], promptLength: promptLength as number },
  rejected: { ids: rejected as number[], promptLength: promptLength as number },
}));

const never = (): never => {
  throw new Error('nothing is sampled here');
};

interface Tables {
  readonly table: number[][];
  readonly 'value.weight': number[];
  readonly 'value.bias': number[];
}
/** Numbers from PyTorch; scripts/golden/ppo.py made them. */
interface PpoGolden {
  readonly options: Readonly<Record<'clip' | 'lambda' | 'valueCoef' | 'klPrice' | 'lr' | 'epochs', number>>;
  readonly start: Tables;
  readonly episodes: Episode[];
  readonly steps: { readonly loss: number; readonly clipFraction: number }[];
  readonly end: Tables;
}

/** Batches of all episodes, `epochs` times, packed as a stage packs them. */
function sourceOf(
  algorithm: Algorithm,
  episodes: readonly Episode[],
  of: Model,
  { epochs, klPrice }: { readonly epochs: number; readonly klPrice: number },
): InputSource {
  const source = rolloutSource({
    ...{ engine, model: of, reference: engine.createState({}), prompts: never, reward: never, algorithm },
    ...{ completions: episodes.length, group: 2, epochs, batchSize: episodes.length },
    kl: { coef: klPrice, target: 1, beyond: 'adapt' },
    ...{ maxNewTokens: 4, stopId: 0, rng: createRng(1) },
  })(engine.createState({}));
  source.restore({ rollouts: 1, batches: 0, klPrice, isOver: false, metrics: {}, episodes });
  return source;
}

/** One of them; `columns` in the place of the algorithm's own. */
const inputsOf = async (
  algorithm: Algorithm,
  episodes: readonly Episode[],
  of: Model,
  columns?: Columns,
): Promise<LossInputs> =>
  sourceOf(columns ? { ...algorithm, columns: () => ({ weights: [], ...columns }) } : algorithm, episodes, of, {
    epochs: 1,
    klPrice: 0.1,
  }).next();

interface Evaluated {
  readonly total: number;
  readonly measured: Record<string, number>;
}

/** The loss's sum and what it measures, by the compiled engine. */
async function evaluate(
  loss: Loss,
  model: Model,
  values: Parameters,
  inputs: { specs: Specs; values: Values },
): Promise<Evaluated> {
  const program = await engine.compile(
    `evaluate ${model.key} ${loss.key}`,
    (parameters, tensors) => {
      const measured: Record<string, tf.Tensor> = {};
      const total = loss.total(model, parameters, tensors, (name, sum) => (measured[name] = sum));
      return { outputs: { total, ...measured } };
    },
    { state: parameterTensorSpecs(model), inputs: inputs.specs },
  );
  const outputs = await program.run(engine.createState(values), inputs.values);
  const { total, ...measured } = Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, value[0]!]));
  return { total: total!, measured };
}

describe('losses by hand', () => {
  it('ppo: each token clipped for itself, and the error of the value', async () => {
    // clip 0.2, advantages 2, -1 and 3:
    //   token 1: max(-2 * 1.5, -2 * 1.2) = -2.4    token 2: max(1 * 2, 1 * 1.2) = 2    token 3: max(-3 * 0.5, -3 * 0.8) = -1.5
    // values are all 0.5, returns 1, 0 and 0.5: half the squared errors are 0.125 + 0.125 + 0, a tenth of that counts
    const algorithm = ppo({ clip: 0.2, lambda: 1, valueCoef: 0.1 });
    const columns = { weights: [[1, 1], [1]], advantages: [[2, -1], [3]], returns: [[1, 0], [0.5]] };
    const inputs = await inputsOf(algorithm, said, table, columns);
    expect([inputs.weight, inputs.lossTokens]).toEqual([3, 3]);
    const headed = withHead(table, 'value');
    const { total, measured } = await evaluate(
      algorithm.loss,
      headed,
      { ...tableParameters, ...headOf('value', 0, 0.5) },
      inputs,
    );
    expect(total).toBeCloseTo(-2.4 + 2 - 1.5 + 0.025, 5);
    expect(measured.clipFraction).toBeCloseTo(3, 5);
    expect(measured.valueLoss).toBeCloseTo(0.25, 5);
    const entropy = (p: number): number => -p * Math.log(p) - (1 - p) * Math.log(1 - p);
    expect(measured.entropy).toBeCloseTo(entropy(0.25) + 2 * entropy(0.6), 5);
  });

  it('rloo: the completion is one action', async () => {
    // advantages -2 and 1: max(2 * 3, 2 * 1.2) = 6 and max(-1 * 0.5, -1 * 0.8) = -0.5
    const algorithm = rloo({ clip: 0.2, group: 2 });
    const columns = { weights: [[0.5, 0.5], [1]], advantages: [[-2, -2], [1]], episode: [[1, 1], [2]] };
    const inputs = await inputsOf(algorithm, said, table, columns);
    expect([inputs.weight, inputs.lossTokens]).toEqual([2, 3]);
    const { total } = await evaluate(algorithm.loss, table, tableParameters, inputs);
    expect(total).toBeCloseTo(5.5, 5);
  });

  it('grpo: tokens clipped, completions counted alike, KL in the loss', async () => {
    // advantages -1 and 1, tokens of the first completion half: (max(1.5, 1.2) + max(2, 1.2)) / 2 + max(-0.5, -0.8) = 1.25
    // the reference says 3/4, 3/10 and 4/5: q/p is 1, 1/2 and 2, and q/p - log q/p - 1 is 0, ln 2 - 1/2 and 1 - ln 2
    const algorithm = grpo({ clip: 0.2, group: 2 });
    const columns = {
      ...{ weights: [[0.5, 0.5], [1]], advantages: [[-1, -1], [1]] },
      ...{ reference: [log(0.75, 0.3), log(0.8)], klPrice: [[0.1, 0.1], [0.1]] },
    };
    const inputs = await inputsOf(algorithm, said, table, columns);
    const { total } = await evaluate(algorithm.loss, table, tableParameters, inputs);
    expect(total).toBeCloseTo(1.25 + 0.1 * ((Math.LN2 - 0.5) / 2 + 1 - Math.LN2), 5);
  });

  it('rows that only pad have no say, however unlikely', async () => {
    // padding reads the first token as its own target, here at e^-200: its ratios overflow
    const algorithm = algorithms.grpo!;
    const episodes = [episode([0, 1], 1), episode([0, 1], 1)];
    const columns = { weights: [[1], [1]], advantages: [[1], [1]], reference: [[0], [0]], klPrice: [[1], [1]] };
    const unlikely = { table: { shape: [2, 2], data: Float32Array.of(-200, 0, 0, 0) } };
    const inputs = await inputsOf(algorithm, episodes, table, columns);
    expect((await evaluate(algorithm.loss, table, unlikely, inputs)).total).toBeCloseTo(-2, 5);
  });

  it('preference model: Bradley-Terry on what the head says of the final token and how likely the reply is', async () => {
    // head: the first hidden value, log 1/4 after token 0 and log 3/5 after token 1, plus 0.3; to it, four times the mean of the
    // reply's: log 3/5 against the mean of log 1/4 and log 3/4; nothing was replied; the mean of log 3/5 and 1/4 against log 2/5
    const headed = withHead(table, SCORE_HEAD);
    const values = { ...tableParameters, ...headOf(SCORE_HEAD, 1, 0.3) };
    const inputs = await pairSource(compared, { batchSize: 3, nPositions: 8, rng: createRng(1) }).next();
    const { total, measured } = await evaluate(bradleyTerryLoss(0), headed, values, inputs);
    const scores = [
      [Math.log(0.25) + 4 * Math.log(0.6), Math.log(0.6) + 2 * Math.log(0.25 * 0.75)],
      [Math.log(0.25), Math.log(0.6)],
      [Math.log(0.25) + 2 * Math.log(0.6 * 0.25), Math.log(0.6) + 4 * Math.log(0.4)],
    ];
    const lost = scores.map(([chosen, rejected]) => Math.log(1 + Math.exp(rejected! - chosen!)));
    expect(total).toBeCloseTo(lost[0]! + lost[1]! + lost[2]!, 5);
    expect(measured.accuracy).toBeCloseTo(1, 6); // the first; of the others the rejected one scores higher
    const texts = compared.flatMap(({ chosen, rejected }) => [chosen, rejected]);
    const found = await scoreTexts({ engine, model: table, state: engine.createState(values) }, texts);
    scores.flat().forEach((score, i) => expect(found[i]).toBeCloseTo(score + 0.3, 5));
  });
});

it('ppo over four epochs of a rollout: ratio, clipping, GAE and detached value as in PyTorch', async () => {
  const { options, start, episodes, steps, end } = JSON.parse(
    readFileSync(new URL('../../golden/ppo.json', import.meta.url), 'utf8'),
  ) as PpoGolden;
  const { clip, lambda, valueCoef, klPrice, lr, epochs } = options;
  const algorithm = ppo({ clip, lambda, valueCoef });
  const stored = (of: Tables): Parameters => ({
    table: { shape: [2, 2], data: Float32Array.from(of.table.flat()) },
    'value.weight': { shape: [2, 1], data: Float32Array.from(of['value.weight']) },
    'value.bias': { shape: [1], data: Float32Array.from(of['value.bias']) },
  });
  const training = startTraining({
    ...{ engine, model: withHead(table, 'value'), loss: algorithm.loss, parameters: stored(start) },
    batches: sourceOf(algorithm, episodes, table, { epochs, klPrice }),
    options: trainingParams.parse({
      ...{ steps: epochs, lr, clipNorm: 0, optimizer: { kind: 'sgd', momentum: 0 } },
      schedule: { kind: 'constant', warmupSteps: 0 },
    }),
  });
  const log: { loss: number; clipFraction: number }[] = [];
  await training.advance(epochs, ({ loss, metrics }) => void log.push({ loss, clipFraction: metrics!.clipFraction! }));
  steps.forEach(({ loss, clipFraction }, i) => {
    expect(log[i]!.loss).toBeCloseTo(loss, 6);
    expect(log[i]!.clipFraction).toBeCloseTo(clipFraction, 6);
  });
  const learned = await training.parameters();
  for (const [name, { data }] of Object.entries(stored(end)))
    data.forEach((x, i) => expect(learned[name]!.data[i], `${name} ${i}`).toBeCloseTo(x, 5));
});

it('preference model: keeps what it would answer, each chosen reply counting the same', async () => {
  const headed = withHead(table, SCORE_HEAD);
  const values = { ...tableParameters, ...headOf(SCORE_HEAD, 1, 0) };
  const inputs = await pairSource(compared, { batchSize: 3, nPositions: 8, rng: createRng(1) }).next();
  const totalOf = async (coef: number): Promise<number> =>
    (await evaluate(bradleyTerryLoss(coef), headed, values, inputs)).total;
  const spoken = -Math.log(0.6) - Math.log(0.6 * 0.25) / 2;
  expect((await totalOf(2)) - (await totalOf(0))).toBeCloseTo(2 * spoken, 5);
});

/** Completions of the small model with made-up readings near its own, two to a prompt. */
async function madeUp(): Promise<Episode[]> {
  const texts = conversations(8, 12).map((text) => ({ ...text, promptLength: 5 }));
  const { logProbs } = await readTokens({ engine, model: small, state: engine.createState(smallParameters) }, texts);
  const rng = createRng('made up');
  const near = (row: readonly number[]): number[] => row.map((x) => x + 0.3 * rng.normal());
  return texts.map((text, i) => ({
    ...text,
    ...{ reward: rng.normal(), logProbs: near(logProbs[i]!), referenceLogProbs: near(logProbs[i]!) },
    values: logProbs[i]!.map(() => rng.normal()),
  }));
}

const algorithms: Readonly<Record<string, Algorithm>> = {
  ppo: ppo({ clip: 0.2, lambda: 0.9, valueCoef: 0.1 }),
  rloo: rloo({ clip: 0.2, group: 2 }),
  grpo: grpo({ clip: 0.2, group: 2 }),
};

describe.each(Object.entries(algorithms))('gradient of %s', (_, algorithm) => {
  it('is the slope of the loss, by central differences along itself', async () => {
    const model = algorithm.head === undefined ? small : withHead(small, algorithm.head);
    const start: Parameters = {
      ...smallParameters,
      ...(algorithm.head !== undefined && initHead(small, algorithm.head)),
    };
    const inputs = await inputsOf(algorithm, await madeUp(), small);
    // one step of plain SGD at lr 1 is minus the gradient of the mean loss
    const training = startTraining({
      ...{ engine, model, loss: algorithm.loss, parameters: start },
      batches: { next: () => inputs, state: () => ({}), restore: () => {} },
      options: trainingParams.parse({
        ...{ steps: 1, lr: 1, clipNorm: 0, optimizer: { kind: 'sgd', momentum: 0 } },
        schedule: { kind: 'constant', warmupSteps: 0 },
      }),
    });
    await training.advance(1, () => undefined);
    const after = await training.parameters();
    const gradient = Object.fromEntries(
      Object.entries(start).map(([name, { data }]) => [name, data.map((x, i) => x - after[name]!.data[i]!)]),
    );
    const norm = Math.sqrt(Object.values(gradient).reduce((sum, g) => sum + g.reduce((s, x) => s + x * x, 0), 0));
    const at = async (distance: number): Promise<number> => {
      const moved = Object.fromEntries(
        Object.entries(start).map(([name, { shape, data }]) => [
          name,
          { shape, data: data.map((x, i) => x + (distance * gradient[name]![i]!) / norm) },
        ]),
      );
      return (await evaluate(algorithm.loss, model, moved, inputs)).total / inputs.weight;
    };
    const h = 0.001; // no ratio crosses the clip within it
    const slope = ((await at(h)) - (await at(-h))) / (2 * h);
    expect(norm).toBeGreaterThan(0.05);
    expect(slope / norm).toBeCloseTo(1, 3);
  });
});

describe('teacher-forced readings', () => {
  it('are those of the full forward pass, in the order given, whatever the lengths', async () => {
    const texts = conversations(70); // more than are read together
    const state = engine.createState(smallParameters);
    const { logProbs, values } = await readTokens({ engine, model: small, state }, texts);
    const scores = await scoreCompletions({ engine, model: small, state }, texts);
    texts.forEach(({ ids, promptLength }, i) => {
      expect(logProbs[i]).toHaveLength(ids.length - promptLength);
      expect(logProbs[i]!.reduce((a, b) => a + b, 0)).toBeCloseTo(scores[i]!.logProb, 4);
      expect(values[i]).toEqual([]);
    });
  });

  it('have a value before each token where a head is asked for', async () => {
    const state = engine.createState({ ...tableParameters, ...headOf('value', 1, 1) });
    const { values } = await readTokens({ engine, model: table, state }, said, 'value');
    [log(0.25, 0.6), log(0.6)].forEach((row, i) =>
      row.forEach((value, t) => expect(values[i]![t]).toBeCloseTo(value + 1, 5)),
    );
  });
});
