import type { Example } from '../../../world/scenario/types.ts';
import type { Engine, State } from '../../../engine/index.ts';
import type { Rng } from '../../../lib/rng.ts';
import { generate } from '../../models/generate.ts';
import type { Model } from '../../models/index.ts';
import { readTokens } from './teacher-forced.ts';
import type { Algorithm, Episode } from './types.ts';

export interface RolloutPrompt {
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

/** What each sample earns. */
export type Reward = (samples: readonly Reply[]) => Promise<readonly number[]>;

interface Sampling {
  readonly engine: Engine;
  /** The arm's own, without heads. */
  readonly model: Model;
  readonly maxNewTokens: number;
  readonly stopId: number;
}

/** What the policy says to each prompt, at temperature 1. */
export async function sampleReplies(
  { engine, model, maxNewTokens, stopId }: Sampling,
  policy: State,
  prompts: readonly RolloutPrompt[],
  rng: Rng,
): Promise<Reply[]> {
  const ids = prompts.map((prompt) => prompt.ids);
  const sampling = { maxNewTokens, stopId, temperature: 1, rng };
  const replies = await generate({ engine, model, state: policy }, ids, sampling);
  return replies.map((completion, i): Reply => {
    const prompt = prompts[i]!;
    const isFinished = completion.length < maxNewTokens && prompt.ids.length + completion.length < model.nPositions;
    return { prompt, completion, isFinished };
  });
}

interface Reading extends Omit<Sampling, 'maxNewTokens'> {
  /** Holds the weights that KL is measured from. */
  readonly reference: State;
  readonly reward: Reward;
  readonly algorithm?: Pick<Algorithm, 'head'>;
}

/** The replies, rewarded, and read again by policy and reference. */
export async function episodesOf(
  { engine, model, reference, algorithm, stopId, reward }: Reading,
  policy: State,
  samples: readonly Reply[],
): Promise<Episode[]> {
  const rewards = await reward(samples);
  const texts = samples.map(({ prompt, completion, isFinished }) => ({
    ids: [...prompt.ids, ...completion, ...(isFinished ? [stopId] : [])],
    promptLength: prompt.ids.length,
  }));
  const own = await readTokens({ engine, model, state: policy }, texts, algorithm?.head);
  const referred = await readTokens({ engine, model, state: reference }, texts);
  return texts.map((text, i) => ({
    ...text,
    reward: rewards[i]!,
    logProbs: own.logProbs[i]!,
    referenceLogProbs: referred.logProbs[i]!,
    values: own.values[i]!,
  }));
}
