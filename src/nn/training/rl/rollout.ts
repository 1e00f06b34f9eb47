import { z } from 'zod';
import { collate } from '../../../world/scenario/batches.ts';
import type { Example } from '../../../world/scenario/types.ts';
import type { Engine, Specs, State, Values } from '../../../engine/index.ts';
import { UserError } from '../../../lib/errors.ts';
import type { Rng } from '../../../lib/rng.ts';
import { generate } from '../../models/generate.ts';
import type { Model } from '../../models/index.ts';
import { languageModelInputs } from '../losses.ts';
import type { InputSource, LossInputs, PolicySource } from '../losses.ts';
import { divergence } from './rloo.ts';
import { BUCKET, readTokens } from './teacher-forced.ts';
import type { Algorithm, Columns, Episode } from './types.ts';

interface RolloutPrompt {
  readonly ids: readonly number[];
  readonly example: Example;
}

/** What the policy said to a prompt. */
export interface Reply {
  readonly prompt: RolloutPrompt;
  /** Without the end of turn. */
  readonly completion: readonly number[];
  /** Did the end of turn come, or was it cut off? */
  readonly isFinished: boolean;
}

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
  readonly reward: (samples: readonly Reply[]) => Promise<readonly number[]>;
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
 * comes the next, from the policy as it is by then. Its place is plain JSON, the rollout in hand included.
 */
export const rolloutSource =
  (options: RolloutOptions): PolicySource =>
  (policy): InputSource => {
    const { algorithm, completions, epochs, batchSize } = options;
    const perEpoch = completions / batchSize;
    let rollouts = 0; // sampled
    let batches = 0; // dealt of the one in hand
    let episodes: readonly Episode[] = [];
    let columns: Columns = {};
    const take = (some: readonly Episode[]): void => {
      episodes = some;
      columns = algorithm.columns(some);
    };
    return {
      async next() {
        if (episodes.length === 0 || batches === epochs * perEpoch) {
          take(await sampleRollout(options, policy, rollouts));
          [rollouts, batches] = [rollouts + 1, 0];
        }
        const [epoch, part] = [Math.floor(batches / perEpoch), batches % perEpoch];
        batches += 1;
        const order = options.rng.fork(`order/${rollouts}/${epoch}`).shuffle([...episodes.keys()]);
        const chosen = order.slice(part * batchSize, (part + 1) * batchSize);
        return { ...inputsOf(episodes, columns, chosen, options.model.nPositions), metrics: summary(episodes) };
      },
      state: () => ({ rollouts, batches, episodes: batches === epochs * perEpoch ? [] : episodes }),
      restore(state) {
        const parsed = savedState.safeParse(state);
        if (!parsed.success)
          throw new UserError('the saved rollout is damaged; delete the saved state to start the stage again');
        ({ rollouts, batches } = parsed.data);
        take(parsed.data.episodes);
      },
    };
  };

/** A rollout: sampled, rewarded, and read again by policy and reference. */
async function sampleRollout(options: RolloutOptions, policy: State, rollout: number): Promise<Episode[]> {
  const { engine, model, reference, algorithm, group, completions, maxNewTokens, stopId } = options;
  const asked = await options.prompts(rollout, completions / group);
  const prompts = asked.flatMap((prompt) => Array<RolloutPrompt>(group).fill(prompt));
  if (prompts.length !== completions)
    throw new TypeError(`a rollout needs ${completions / group} prompts and got ${asked.length}`);
  const replies = await generate(
    { engine, model, state: policy },
    prompts.map(({ ids }) => ids),
    { maxNewTokens, stopId, temperature: 1, rng: options.rng.fork(`rollout/${rollout}`) },
  );
  const samples = replies.map((completion, i): Reply => {
    const prompt = prompts[i]!;
    const isFinished = completion.length < maxNewTokens && prompt.ids.length + completion.length < model.nPositions;
    return { prompt, completion, isFinished };
  });
  const rewards = await options.reward(samples);
  const texts = samples.map(({ prompt, completion, isFinished }) => ({
    ids: [...prompt.ids, ...completion, ...(isFinished ? [stopId] : [])],
    promptLength: prompt.ids.length,
  }));
  const own = await readTokens({ engine, model, state: policy }, texts, algorithm.head);
  const referred = await readTokens({ engine, model, state: reference }, texts);
  return texts.map((text, i) => ({
    ...text,
    reward: rewards[i]!,
    logProbs: own.logProbs[i]!,
    referenceLogProbs: referred.logProbs[i]!,
    values: own.values[i]!,
  }));
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

/** Means over a rollout: reward, KL from the reference in nats a completion, and length in tokens. */
function summary(episodes: readonly Episode[]): Record<string, number> {
  const mean = (of: (episode: Episode) => number): number =>
    episodes.reduce((sum, episode) => sum + of(episode), 0) / episodes.length;
  return {
    reward: mean(({ reward }) => reward),
    kl: mean(divergence),
    length: mean(({ logProbs }) => logProbs.length),
  };
}
