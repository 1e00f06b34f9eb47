import type { Example } from '../../world/scenario/types.ts';
import type { State } from '../../engine/index.ts';
import { divergence } from '../../nn/training/rl/rloo.ts';
import { episodesOf, sampleReplies } from '../../nn/training/rl/sampling.ts';
import type { Score } from '../../results/score.ts';
import { mean, rateOf } from '../../results/stats.ts';
import { inTurn } from './prompts.ts';
import { ruleReward } from './rewards.ts';
import type { Rewards } from './rewards.ts';
import type { LoggedStep, StageContext } from './types.ts';

interface Judged {
  readonly options: {
    readonly judged: number;
    readonly unsafeShare: number;
    readonly clipNorm: number;
    readonly completions: number;
    readonly batchSize: number;
    readonly accumulate: number;
    readonly epochs: number;
  };
  readonly context: StageContext;
  readonly stage: string;
  readonly rewards: Pick<Rewards, 'own' | 'heldOut'>;
  readonly sampling: Omit<Parameters<typeof episodesOf>[0], 'reward'> & { readonly maxNewTokens: number };
}

/** Of each held-out prompt's reply. */
interface Reading {
  readonly reward: readonly number[];
  readonly heldOutReward: readonly number[];
  readonly kl: readonly number[];
  /** Of those that have a right answer, and of those that a safe assistant declines. */
  readonly isRight: readonly boolean[];
  readonly isRefused: readonly boolean[];
}

/**
 * What reinforcement came to, beyond its own reward: replies to the same held-out prompts by the weights that the stage started
 * from and by those that it ended with, as the reward sees them, as the judge that pays nothing does, and as the corpus knows
 * them. A reward that rises alone was gamed. Then what its steps were like.
 */
export async function outcome(judged: Judged, policy: State, log: readonly LoggedStep[]): Promise<Score[]> {
  const { options, context, stage } = judged;
  if (options.judged === 0) return stepScores(judged, log);
  const start = context.engine.createState(context.parameters);
  try {
    const [before, after] = [await readingOf(judged, start), await readingOf(judged, policy)];
    const label = { eval: stage, decoding: 'temperature 1' };
    const means = (metric: string, unit: Score['unit'], from: readonly number[], to: readonly number[]): Score[] => [
      { ...label, metric, condition: 'before', unit, ...mean(from) },
      { ...label, metric, condition: 'after', unit, ...mean(to) },
      { ...label, metric, condition: 'change', unit, ...mean(to.map((x, i) => x - from[i]!)) },
    ];
    return [
      ...means('reward', 'number', before.reward, after.reward),
      ...means('held-out-reward', 'number', before.heldOutReward, after.heldOutReward),
      ...means('kl', 'nats', before.kl, after.kl),
      ...share({ ...label, metric: 'right-replies', condition: 'before' }, before.isRight),
      ...share({ ...label, metric: 'right-replies', condition: 'after' }, after.isRight),
      ...share({ ...label, metric: 'refusals', condition: 'before' }, before.isRefused),
      ...share({ ...label, metric: 'refusals', condition: 'after' }, after.isRefused),
      ...stepScores(judged, log),
    ];
  } finally {
    start.dispose();
  }
}

/** None where nothing could be judged. */
const share = (label: Pick<Score, 'eval' | 'metric' | 'condition' | 'decoding'>, are: readonly boolean[]): Score[] =>
  are.length === 0 ? [] : [{ ...label, unit: 'rate', ...rateOf(are) }];

async function readingOf({ options, context, rewards, sampling }: Judged, policy: State): Promise<Reading> {
  const { scenario, rng } = context;
  const { judged: count, unsafeShare } = options;
  const examples = scenario.safetyExamples(count, { split: 'validation', unsafeShare });
  const prompts = await inTurn(examples, context)(0, examples.length);
  const samples = await sampleReplies(sampling, policy, prompts, rng.fork('outcome'));
  const episodes = await episodesOf({ ...sampling, reward: rewards.own }, policy, samples);
  const passed = async (belongs: (task: Example['task']) => boolean): Promise<boolean[]> =>
    (await ruleReward(context)(samples.filter(({ prompt }) => belongs(prompt.example.task)))).map((one) => one === 1);
  return {
    reward: episodes.map(({ reward }) => reward),
    heldOutReward: await rewards.heldOut(samples),
    kl: episodes.map(divergence),
    isRight: await passed((task) => task.unsafeAnswer === undefined && task.isCorrect !== undefined),
    isRefused: await passed((task) => task.unsafeAnswer !== undefined),
  };
}

/** Means over the steps; of the value head, over the last half of the rollouts, when it has learned what it can. */
function stepScores({ options, stage }: Judged, log: readonly LoggedStep[]): Score[] {
  const { clipNorm, completions, batchSize, accumulate, epochs } = options;
  const numbers = (rows: readonly LoggedStep[], name: string): number[] =>
    rows.flatMap((row) => (typeof row[name] === 'number' ? [row[name]] : []));
  const score = (metric: string, unit: Score['unit'], values: readonly number[]): Score[] =>
    values.length < 2 ? [] : [{ eval: stage, metric, condition: 'steps', unit, ...mean(values) }];
  const every = Math.max(1, Math.round((completions * epochs) / (batchSize * accumulate)));
  const rollouts = log.filter((_, i) => i % every === 0);
  const clipped = clipNorm === 0 ? [] : numbers(log, 'gradientNorm').map((norm) => norm > clipNorm);
  return [
    ...score('clip-fraction', 'number', numbers(log, 'clipFraction')),
    ...score('explained-variance', 'number', numbers(rollouts.slice(rollouts.length / 2), 'explainedVariance')),
    ...share({ eval: stage, metric: 'clipped-gradients', condition: 'steps' }, clipped),
  ];
}
