import { z } from 'zod';
import { collate } from '../../../world/scenario/batches.ts';
import type { Engine, Specs, State, Values } from '../../../engine/index.ts';
import { UserError } from '../../../lib/errors.ts';
import type { Rng } from '../../../lib/rng.ts';
import type { Model } from '../../models/index.ts';
import { languageModelInputs } from '../losses.ts';
import type { InputSource, LossInputs, PolicySource } from '../losses.ts';
import { nextPrice } from './kl-control.ts';
import type { KlOptions } from './kl-control.ts';
import { divergence } from './rloo.ts';
import { episodesOf, sampleReplies } from './sampling.ts';
import type { Reward, RolloutPrompt } from './sampling.ts';
import { BUCKET } from './teacher-forced.ts';
import type { Algorithm, Columns, Episode } from './types.ts';

/** What the policy is asked in a rollout (from 0), `count` prompts. A function of its arguments alone. */
export type PromptSource = (rollout: number, count: number) => Promise<readonly RolloutPrompt[]>;

export interface RolloutOptions {
  readonly engine: Engine;
  /** The arm's own, without heads. */
  readonly model: Model;
  /** Holds the weights that KL is measured from. */
  readonly reference: State;
  readonly algorithm: Algorithm;
  readonly prompts: PromptSource;
  /** One number for each sample. */
  readonly reward: Reward;
  /** Means that the log should keep of a rollout beside its own: what somebody thinks of it who does not pay. */
  readonly observe?: Readonly<Record<string, Reward>>;
  readonly kl: KlOptions;
  /** Completions of a rollout, and of each of its prompts. */
  readonly completions: number;
  readonly group: number;
  /** How many times a rollout is gone over, in batches of `batchSize` completions. */
  readonly epochs: number;
  readonly batchSize: number;
  readonly maxNewTokens: number;
  readonly stopId: number;
  /** Only forked: by rollout. */
  readonly rng: Rng;
}

const numbers = z.array(z.number());
const savedState = z.strictObject({
  rollouts: z.int().nonnegative(),
  batches: z.int().nonnegative(),
  klPrice: z.number().nonnegative(),
  isOver: z.boolean(),
  metrics: z.record(z.string(), z.number()),
  episodes: z.array(
    z.strictObject({
      ids: z.array(z.int()),
      promptLength: z.int().positive(),
      reward: z.number(),
      logProbs: numbers,
      referenceLogProbs: numbers,
      values: numbers,
    }),
  ),
});

/**
 * Batches of what the policy itself says: a rollout is sampled at temperature 1, rewarded, and gone over `epochs` times; then
 * comes the next, from the policy as it is by then. Where it is to stop beyond a KL target, the first rollout beyond it is the last,
 * and nothing is learned from it: the steps that are left change nothing. Its place is plain JSON, the rollout in hand included.
 */
export const rolloutSource =
  (options: RolloutOptions): PolicySource =>
  (policy): InputSource => {
    const { algorithm, completions, epochs, batchSize, kl } = options;
    const perEpoch = completions / batchSize;
    const perRollout = epochs * perEpoch;
    let [rollouts, batches] = [0, 0]; // sampled; dealt of the one in hand
    let klPrice = kl.coef;
    let isOver = false;
    let episodes: readonly Episode[] = [];
    let metrics: Readonly<Record<string, number>> = {};
    let columns: Columns = {};
    const sample = async (): Promise<void> => {
      const rollout = await sampleRollout(options, policy, rollouts);
      const means = summary(rollout.episodes);
      ({ episodes } = rollout);
      klPrice = nextPrice(klPrice, means.kl, kl);
      isOver = kl.beyond === 'stop' && means.kl > kl.target;
      metrics = { ...means, ...rollout.observed, klPrice, ...algorithm.measure?.(episodes, klPrice) };
      columns = algorithm.columns(episodes, klPrice);
      [rollouts, batches] = [rollouts + 1, 0];
    };
    return {
      async next() {
        if (episodes.length === 0 || (batches === perRollout && !isOver)) await sample();
        const [epoch, part] = [Math.floor(batches / perEpoch), batches % perEpoch];
        batches += isOver ? 0 : 1;
        const order = options.rng.fork(`order/${rollouts}/${epoch}`).shuffle([...episodes.keys()]);
        const chosen = order.slice(part * batchSize, (part + 1) * batchSize);
        const inputs = inputsOf(episodes, columns, chosen, options.model.nPositions);
        return { ...inputs, metrics, ...(isOver && { lrFactor: 0 }) };
      },
      state: () => ({ rollouts, batches, klPrice, isOver, metrics, episodes: batches === perRollout ? [] : episodes }),
      restore(state) {
        const parsed = savedState.safeParse(state);
        if (!parsed.success)
          throw new UserError('the saved rollout is damaged; delete the saved state to start the stage again');
        ({ rollouts, batches, klPrice, isOver, metrics, episodes } = parsed.data);
        columns = algorithm.columns(episodes, klPrice);
      },
    };
  };

/** A rollout, from the policy as it is. */
async function sampleRollout(
  options: RolloutOptions,
  policy: State,
  rollout: number,
): Promise<{ readonly episodes: Episode[]; readonly observed: Record<string, number> }> {
  const { group, completions, observe = {} } = options;
  const asked = await options.prompts(rollout, completions / group);
  const prompts = asked.flatMap((prompt) => Array<RolloutPrompt>(group).fill(prompt));
  if (prompts.length !== completions)
    throw new TypeError(`a rollout needs ${completions / group} prompts and got ${asked.length}`);
  const samples = await sampleReplies(options, policy, prompts, options.rng.fork(`rollout/${rollout}`));
  const episodes = await episodesOf(options, policy, samples);
  const observed: Record<string, number> = {};
  for (const [name, reward] of Object.entries(observe)) observed[name] = mean(await reward(samples));
  return { episodes, observed };
}

/** The chosen episodes as the algorithm's loss reads them. */
function inputsOf(
  episodes: readonly Episode[],
  columns: Columns,
  chosen: readonly number[],
  nPositions: number,
): LossInputs {
  const { specs, values, weight, tokens } = languageModelInputs(
    collate(
      chosen.map((i) => episodes[i]!),
      nPositions,
      BUCKET,
    ),
  );
  const K = values.rows!.length;
  const all: Columns = { old: episodes.map(({ logProbs }) => logProbs), ...columns };
  const columnSpecs: Record<string, Specs[string]> = {};
  const columnValues: Values = {};
  for (const [name, rows] of Object.entries(all)) {
    const column = new Float32Array(K);
    column.set(chosen.flatMap((i) => rows[i]!));
    columnSpecs[name] = { shape: [K], dtype: 'float32' };
    columnValues[name] = column;
  }
  return {
    specs: { ...specs, ...columnSpecs },
    values: { ...values, ...columnValues },
    weight: Array.from(columnValues.weights!).reduce((sum, w) => sum + w, 0),
    lossTokens: weight,
    tokens,
  };
}

const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;

/** Means over a rollout: reward, KL from the reference in nats a reply, and length in tokens. */
const summary = (episodes: readonly Episode[]): Record<'reward' | 'kl' | 'length', number> => ({
  reward: mean(episodes.map(({ reward }) => reward)),
  kl: mean(episodes.map(divergence)),
  length: mean(episodes.map(({ logProbs }) => logProbs.length)),
});
