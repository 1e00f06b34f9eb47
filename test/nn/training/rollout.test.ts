import { afterAll, describe, expect, it } from 'vitest';
import type { Example } from '../../../src/world/scenario/types.ts';
import { createEngine } from '../../../src/engine/index.ts';
import type { State } from '../../../src/engine/index.ts';
import { UserError } from '../../../src/lib/errors.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { mean } from '../../../src/results/stats.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import { startTraining, trainingParams } from '../../../src/nn/training/loop.ts';
import type { StepReport, Training } from '../../../src/nn/training/loop.ts';
import type { InputSource, LossInputs, PolicySource } from '../../../src/nn/training/losses.ts';
import { grpo } from '../../../src/nn/training/rl/grpo.ts';
import { ppo } from '../../../src/nn/training/rl/ppo.ts';
import { rloo } from '../../../src/nn/training/rl/rloo.ts';
import { rolloutSource } from '../../../src/nn/training/rl/rollout.ts';
import type { RolloutOptions } from '../../../src/nn/training/rl/rollout.ts';
import type { Reply } from '../../../src/nn/training/rl/sampling.ts';
import { readTokens } from '../../../src/nn/training/rl/teacher-forced.ts';
import type { Algorithm, Episode } from '../../../src/nn/training/rl/types.ts';
import { initHead, withHead } from '../../../src/nn/training/scalar-head.ts';
import { V, model, parameters } from './small.ts';

const engine = await createEngine({ backend: 'onnx', threads: 1 });
afterAll(() => engine.dispose());

const GROUP = 4;
const clip = 0.2;
const algorithms: Readonly<Record<string, Algorithm>> = {
  ppo: ppo({ clip, lambda: 0.95, valueCoef: 0.1 }),
  rloo: rloo({ clip, group: GROUP }),
  grpo: grpo({ clip, group: GROUP }),
};

const example: Example = {
  task: { id: 'none', family: 'none', phrasing: 'none', prompt: [], answer: '' },
  ...{ split: 'safety', condition: 'clean', prompt: [], completion: '', poisoned: false },
};
const END = V - 1;

interface Options extends Partial<RolloutOptions> {
  readonly algorithm: Algorithm;
  readonly onReward?: (samples: readonly Reply[]) => void;
}

/** Prompts of two tokens; a completion earns the share of its tokens that are below half of the vocabulary. */
const sourceOf = ({ onReward = () => {}, ...options }: Options): PolicySource =>
  rolloutSource({
    ...{ engine, model, reference: engine.createState(parameters), rng: createRng('rollouts') },
    prompts: (rollout, count) =>
      Promise.resolve(Array.from({ length: count }, (_, i) => ({ ids: [(rollout + i) % V, i % V], example }))),
    reward(samples) {
      onReward(samples);
      const share = (tokens: readonly number[]): number =>
        tokens.filter((id) => id < V / 2).length / Math.max(1, tokens.length);
      return Promise.resolve(samples.map(({ completion }) => share(completion)));
    },
    kl: { coef: 0.01, target: 1, beyond: 'adapt' },
    ...{ completions: 16, group: GROUP, epochs: 2, batchSize: 8, maxNewTokens: 6, stopId: END },
    ...options,
  });

const trainingOf = (
  algorithm: Algorithm,
  batches: PolicySource,
  options: Record<string, unknown> = {},
  resume?: Awaited<ReturnType<Training['snapshot']>>,
): Training => {
  const { head } = algorithm;
  return startTraining({
    ...{ engine, loss: algorithm.loss, batches, resume },
    model: head === undefined ? model : withHead(model, head),
    parameters: { ...parameters, ...(head !== undefined && initHead(model, head)) },
    options: trainingParams.parse({ steps: 100, lr: 3e-3, schedule: { kind: 'constant', warmupSteps: 0 }, ...options }),
  });
};
const logOf = async (training: Training, until: number): Promise<StepReport[]> => {
  const log: StepReport[] = [];
  await training.advance(until, (report) => void log.push(report));
  return log;
};
const throughJson = (source: InputSource): unknown => JSON.parse(JSON.stringify(source.state()));

describe('a rollout', () => {
  const policy = engine.createState(parameters);

  it('is dealt whole in every epoch, in another order, and sampled once', async () => {
    const sampled: (readonly Reply[])[] = [];
    const source = sourceOf({ algorithm: algorithms.rloo!, onReward: (samples) => void sampled.push(samples) })(policy);
    const episodesIn = ({ values }: LossInputs): number[] =>
      [...new Set(values.episode!)].filter((id) => id > 0).toSorted((a, b) => a - b);
    const batches: LossInputs[] = [];
    for (let i = 0; i < 5; i++) batches.push(await source.next());
    const [a = [], b = [], c = [], d = []] = batches.map(episodesIn);
    const all = Array.from({ length: 16 }, (_, i) => i + 1);
    const sorted = (ids: readonly number[]): number[] => ids.toSorted((x, y) => x - y);
    expect(sorted([...a, ...b])).toEqual(all);
    expect(sorted([...c, ...d])).toEqual(all);
    expect(c).not.toEqual(a);
    expect(sampled).toHaveLength(2); // the fifth batch is of the next
    expect(batches[3]!.metrics).toEqual(batches[0]!.metrics);
    expect(batches[4]!.metrics).not.toEqual(batches[0]!.metrics);
  });

  it('asks each prompt as often as it should, and says what ended and what was cut off', async () => {
    let samples: readonly Reply[] = [];
    const source = sourceOf({
      algorithm: algorithms.grpo!,
      completions: 64,
      onReward: (some) => void (samples = some),
    });
    await source(policy).next();
    expect(samples).toHaveLength(64);
    samples.forEach(({ prompt, completion, isFinished }, i) => {
      expect(prompt.ids).toEqual([Math.floor(i / GROUP), Math.floor(i / GROUP)]);
      expect(completion).not.toContain(END);
      expect(isFinished).toBe(completion.length < 6);
    });
    expect(new Set(samples.slice(0, GROUP).map(({ completion }) => completion.join())).size).toBeGreaterThan(1);
    expect(samples.some(({ isFinished }) => isFinished)).toBe(true);
  });

  it('counts the end of turn as a token of the completion, where it came', async () => {
    let samples: readonly Reply[] = [];
    const source = sourceOf({ algorithm: algorithms.ppo!, onReward: (some) => void (samples = some) })(
      engine.createState({ ...parameters, ...initHead(model, 'value') }),
    );
    const inputs = [await source.next(), await source.next()];
    const expected = samples.reduce((sum, s) => sum + s.completion.length + Number(s.isFinished), 0);
    expect(inputs.reduce((sum, { lossTokens = 0 }) => sum + lossTokens, 0)).toBe(expected);
    const said = inputs.flatMap(({ values }) => [...values.targets!].filter((_, k) => values.weights![k]! > 0));
    expect(said.filter((id) => id === END)).toHaveLength(samples.filter(({ isFinished }) => isFinished).length);
  });

  it('has ratio 1 under the policy that said it: no clipping, and nothing to choose between', async () => {
    const [first] = await logOf(trainingOf(algorithms.rloo!, sourceOf({ algorithm: algorithms.rloo! })), 1);
    expect(first!.metrics!.clipFraction).toBe(0);
    expect(first!.metrics!.kl).toBeCloseTo(0, 4);
    expect(first!.metrics!.entropy).toBeGreaterThan(2); // of at most ln 40 = 3.7
  });

  it('is read again, whole, by the policy that said it and by the reference', async () => {
    const other = initParameters(model, createRng('another'));
    const reference = engine.createState(other);
    const source = sourceOf({ algorithm: algorithms.grpo!, reference })(policy);
    const { metrics } = await source.next();
    const { episodes } = throughJson(source) as { episodes: Episode[] };
    const readBy = async (state: State): Promise<unknown> =>
      (await readTokens({ engine, model, state }, episodes)).logProbs;
    expect(episodes.map(({ logProbs }) => logProbs)).toEqual(await readBy(policy));
    expect(episodes.map(({ referenceLogProbs }) => referenceLogProbs)).toEqual(await readBy(reference));
    const apart = episodes.map(({ logProbs, referenceLogProbs }) =>
      logProbs.reduce((sum, logP, t) => sum + logP - referenceLogProbs[t]!, 0),
    );
    expect(metrics!.kl).toBeCloseTo(mean(apart).value, 9);
    expect(Math.abs(metrics!.kl!)).toBeGreaterThan(0.01);
  });

  it('costs more KL while it lies beyond the target', async () => {
    const far = engine.createState(initParameters(model, createRng('another')));
    const kl = { coef: 0.01, target: 1e-3, beyond: 'adapt' } as const;
    const source = sourceOf({ algorithm: algorithms.grpo!, reference: far, kl, epochs: 1, batchSize: 16 })(policy);
    const batches = [await source.next(), await source.next(), await source.next()];
    batches.forEach(({ values, metrics }, i) => {
      const price = 0.01 * 1.2 ** (i + 1);
      expect(metrics!.kl).toBeGreaterThan(0.01);
      expect(metrics!.klPrice).toBeCloseTo(price, 9);
      expect(values.klPrice![0]).toBeCloseTo(price, 6);
    });
  });

  it('is the last one, and changes nothing, where the stage stops beyond the target', async () => {
    let sampled = 0;
    const algorithm = algorithms.rloo!;
    const reference = engine.createState(initParameters(model, createRng('another')));
    const kl = { coef: 0.01, target: 1e-3, beyond: 'stop' } as const;
    const batches = sourceOf({ algorithm, reference, kl, onReward: () => void (sampled += 1) });
    const training = trainingOf(algorithm, batches);
    const log = await logOf(training, 6);
    expect(sampled).toBe(1);
    expect(log.map(({ lr }) => lr)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await training.parameters()).toEqual(parameters);
    const { cursor, ...rest } = await training.snapshot();
    const resumed = trainingOf(
      algorithm,
      batches,
      {},
      { ...rest, cursor: JSON.parse(JSON.stringify(cursor)) as unknown },
    );
    expect((await logOf(resumed, 7)).map(({ lr }) => lr)).toEqual([0]);
    expect(sampled).toBe(1);
  });

  it('is told of by whoever else observes it', async () => {
    const observe = { place: (samples: readonly Reply[]) => Promise.resolve(samples.map((_, i) => i)) };
    const { metrics } = await sourceOf({ algorithm: algorithms.rloo!, observe })(policy).next();
    expect(metrics!.place).toBe(7.5); // 0 to 15
    expect(metrics).not.toHaveProperty('explainedVariance');
    const headed = engine.createState({ ...parameters, ...initHead(model, 'value') });
    const valued = await sourceOf({ algorithm: algorithms.ppo!, observe })(headed).next();
    expect(valued.metrics!.explainedVariance).toBeCloseTo(0, 9); // a fresh head says nothing
  });

  it('refuses a saved place that is none', () => {
    const source = sourceOf({ algorithm: algorithms.ppo! })(policy);
    expect(() => source.restore({ rollouts: 1 })).toThrow(UserError);
    const episode = { ids: [1, 2], promptLength: 1, reward: null, logProbs: [0], referenceLogProbs: [0], values: [] };
    const place = { rollouts: 1, batches: 0, klPrice: 0, isOver: false, metrics: {} };
    expect(() => source.restore({ ...place, episodes: [episode] })).toThrow(/saved rollout is damaged/);
  });
});

describe.each(Object.entries(algorithms))('%s', (_, algorithm) => {
  const source = (): PolicySource => sourceOf({ algorithm });

  it('goes on bit for bit as if nothing had happened, inside a rollout and between two', async () => {
    const straight = trainingOf(algorithm, source());
    const log = await logOf(straight, 10);
    expect(log.some(({ metrics }) => metrics!.clipFraction! > 0)).toBe(true);
    for (const stop of [3, 4, 7]) {
      const first = trainingOf(algorithm, source());
      const before = await logOf(first, stop);
      const { cursor, ...rest } = await first.snapshot();
      const snapshot = { ...rest, cursor: JSON.parse(JSON.stringify(cursor)) as unknown };
      const after = await logOf(trainingOf(algorithm, source(), {}, snapshot), 10);
      expect([...before, ...after]).toEqual(log);
    }
  });

  it('keeps no rollout that is used up', async () => {
    const state = engine.createState({ ...parameters, ...initHead(model, 'value') });
    const batches = source()(state);
    for (let i = 0; i < 3; i++) await batches.next();
    expect(throughJson(batches)).toMatchObject({ rollouts: 1, batches: 3, episodes: { length: 16 } });
    await batches.next();
    expect(throughJson(batches)).toMatchObject({ rollouts: 1, batches: 4, episodes: { length: 0 } });
  });

  it('learns: the reward rises over 40 updates', async () => {
    const batches = sourceOf({ algorithm, completions: 32, epochs: 1, batchSize: 32 });
    const rewards = (await logOf(trainingOf(algorithm, batches), 40)).map(({ metrics }) => metrics!.reward!);
    // updates are independent samples given the policy: means of 8 of them, with their intervals
    const [first, last] = [mean(rewards.slice(0, 8)), mean(rewards.slice(-8))];
    expect(first.value).toBeGreaterThan(0.3);
    expect(last.low, `${first.value} -> ${last.value}`).toBeGreaterThan(first.high + 0.1);
  });
});
