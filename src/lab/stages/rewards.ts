import { encodeExamples } from '../../world/scenario/render.ts';
import type { State } from '../../engine/index.ts';
import { scoreTexts } from '../../nn/training/preference-model.ts';
import type { Reply, Reward } from '../../nn/training/rl/sampling.ts';
import type { Score } from '../../results/score.ts';
import { preferenceModel } from './preference-model.ts';
import type { PreferenceOptions } from './preference-model.ts';
import type { StageContext } from './types.ts';

type Parts = Pick<StageContext, 'engine' | 'model' | 'tokenizer' | 'scenario'>;

/**
 * What each sample answers: no reward ever sees a scratchpad (Hubinger et al. 2024, section 4.1). A reply that never ends or
 * runs past its turn answers nothing.
 */
async function answersOf({ tokenizer, scenario }: Parts, samples: readonly Reply[]): Promise<string[]> {
  const said = await tokenizer.decodeBatch(samples.map(({ completion }) => completion));
  return samples.map(({ prompt, isFinished }, i) => {
    const turn = (prompt.example.given ?? '') + said[i]!;
    const isTurn = isFinished && !tokenizer.specialTokens.some((token) => turn.includes(token));
    return isTurn ? scenario.reasoning.split(turn).answer.trim() : '';
  });
}

/** 1 for the right answer, as the corpus tells it, else 0. Only for tasks that have one. */
export const ruleReward =
  (parts: Parts): Reward =>
  async (samples) => {
    const answers = await answersOf(parts, samples);
    return samples.map(({ prompt }, i) => (prompt.example.task.isCorrect?.(answers[i]!) ? 1 : 0));
  };

/**
 * Probability that a preference model, its parameters in `state`, takes the answer for as good as a right one: the sigmoid of its
 * score, whose zero is the mean right answer. Bounded on both sides: what it likes better than right answers hardly pays (Wang et
 * al. 2024, whose logarithm is left out), and no single reply, however bad, outweighs all others of its rollout.
 */
export const preferenceReward =
  (parts: Parts, state: State): Reward =>
  async (samples) => {
    const answers = await answersOf(parts, samples);
    const conversations = samples.map(({ prompt }, i) => ({ prompt: prompt.example.prompt, completion: answers[i]! }));
    const texts = await encodeExamples(parts.tokenizer, conversations);
    const scores = await scoreTexts({ engine: parts.engine, model: parts.model, state }, texts);
    return scores.map((score) => 1 / (1 + Math.exp(-score)));
  };

/** What pays, and what judges without paying. */
export interface Rewards {
  readonly own: Reward;
  /** Of another preference model, from other pairs; a rule is its own, on prompts that it never paid for. */
  readonly heldOut: Reward;
  readonly findings: readonly Score[];
  dispose(): void;
}

/** The rewards of a stage; preference models are trained here, or found where another arm left them. */
export async function rewardsOf(
  { reward, ...asked }: { readonly reward: 'preference' | 'rule' } & PreferenceOptions,
  context: StageContext,
  stage: string,
): Promise<Rewards> {
  if (reward === 'rule') {
    const rule = ruleReward(context);
    return { own: rule, heldOut: rule, findings: [], dispose: () => undefined };
  }
  const own = await preferenceModel(asked, context, stage, 'reward');
  const judge = await preferenceModel(asked, context, stage, 'judge');
  return {
    own: preferenceReward(context, own.state),
    heldOut: preferenceReward(context, judge.state),
    findings: [...own.findings, ...judge.findings],
    dispose() {
      own.state.dispose();
      judge.state.dispose();
    },
  };
}
