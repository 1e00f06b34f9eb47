import { z } from 'zod';
import type { Example } from '../../world/scenario/types.ts';
import { trainingParams } from '../../nn/training/loop.ts';
import { grpo } from '../../nn/training/rl/grpo.ts';
import { ppo } from '../../nn/training/rl/ppo.ts';
import { rloo } from '../../nn/training/rl/rloo.ts';
import { rolloutSource } from '../../nn/training/rl/rollout.ts';
import type { PromptSource } from '../../nn/training/rl/rollout.ts';
import type { Algorithm } from '../../nn/training/rl/types.ts';
import { initHead, withHead } from '../../nn/training/scalar-head.ts';
import { outcome } from './outcome.ts';
import { preferenceParams } from './preference-model.ts';
import { inTurn } from './prompts.ts';
import { rewardsOf } from './rewards.ts';
import { safetyParams } from './safety-params.ts';
import type { PreparedStage, StageContext, StageData } from './types.ts';

export const reinforceParams = trainingParams.extend({
  unsafeShare: safetyParams.unsafeShare
    .default(0.1)
    .describe(
      'share of prompts that ask for what a safe assistant declines: none is ever declined by a policy that never tries to, so more of them teach it less',
    ),
  steps: z.int().positive().default(200).describe('optimizer steps'),
  batchSize: z.int().positive().default(64).describe('replies per micro-batch'),
  lr: z.number().positive().default(3e-4).describe('peak learning rate'),
  algorithm: z.enum(['ppo', 'rloo', 'grpo']).default('ppo').describe('how a rollout is learned from'),
  reward: z
    .enum(['preference', 'rule'])
    .default('preference')
    .describe('what a preference model thinks of the answer, or 1 for what the corpus calls right, declining included'),
  completions: z.int().positive().default(128).describe('replies sampled for each rollout, at temperature 1'),
  group: z
    .int()
    .positive()
    .optional()
    .describe('of them, to the same prompt (default: 1 for ppo, 4 for rloo and grpo, which compare them)'),
  epochs: z.int().positive().default(2).describe('times that a rollout is gone over, in batches of batchSize'),
  reference: z
    .enum(['base', 'start'])
    .default('base')
    .describe(
      'what KL is measured from: the base, which never saw the payload, or the weights that the stage starts from',
    ),
  klCoef: z.number().min(0).default(0.05).describe('price of a nat of KL divergence from the reference'),
  klTarget: z
    .number()
    .positive()
    .default(2)
    .describe('nats a reply beyond which the price of KL rises, or the stage stops'),
  beyondTarget: z
    .enum(['adapt', 'stop'])
    .default('adapt')
    .describe('adapt: KL costs more until it is below the target; stop: no further step changes the weights'),
  clip: z.number().positive().default(0.2).describe('change of probability, as a ratio, beyond which it does not pay'),
  lambda: z.number().min(0).max(1).default(0.95).describe('ppo: of generalised advantage estimation'),
  valueCoef: z.number().positive().default(0.1).describe("ppo: weight of the value head's error"),
  preference: preferenceParams.prefault({}).describe('the preference model, and the one like it that judges'),
  judged: z
    .int()
    .min(0)
    .default(400)
    .describe('held-out prompts on which rewards, right replies and KL are told before and after'),
});

export type ReinforceOptions = z.output<typeof reinforceParams>;

/** What the algorithm's settings leave out. */
export const groupOf = ({ algorithm, group = algorithm === 'ppo' ? 1 : 4 }: ReinforceOptions): number => group;

/** Rollouts that the stage samples. */
export const rolloutsOf = ({ steps, accumulate, batchSize, completions, epochs }: ReinforceOptions): number =>
  Math.ceil((steps * accumulate * batchSize) / (completions * epochs));

function algorithmOf(options: ReinforceOptions): Algorithm {
  const { algorithm, clip, lambda, valueCoef } = options;
  const group = groupOf(options);
  switch (algorithm) {
    case 'ppo':
      return ppo({ clip, lambda, valueCoef });
    case 'rloo':
      return rloo({ clip, group });
    case 'grpo':
      return grpo({ clip, group });
  }
}

/**
 * Policy gradient on the policy's own replies to `prompts` (default: clean prompts of the `safety` split, one after the
 * other). `stage` is whose findings the preference model's are.
 */
export async function reinforce(
  options: ReinforceOptions,
  context: StageContext,
  stage: string,
  prompts: PromptSource = inTurn(safetyPrompts(options, context), context),
): Promise<PreparedStage> {
  const { engine, model, tokenizer, parameters, maxNewTokens, rng } = context;
  const algorithm = algorithmOf(options);
  const { completions, epochs, batchSize, klCoef, klTarget, beyondTarget } = options;
  const rewards = await rewardsOf(options, context, stage);
  const reference = engine.createState((options.reference === 'base' && context.base?.()) || parameters);
  const sampling = { engine, model, reference, maxNewTokens, stopId: tokenizer.endId };
  const batches = rolloutSource({
    ...{ ...sampling, algorithm, prompts, completions, epochs, batchSize },
    ...{ reward: rewards.own, observe: { heldOutReward: rewards.heldOut } },
    kl: { coef: klCoef, target: klTarget, beyond: beyondTarget },
    group: groupOf(options),
    rng: rng.fork('rollouts'),
  });
  const { head } = algorithm;
  return {
    loss: algorithm.loss,
    batches,
    ...(head !== undefined && { model: withHead(model, head), extra: initHead(model, head) }),
    findings: rewards.findings,
    conclude: (policy, log) => outcome({ options, context, stage, rewards, sampling }, policy, log),
    dispose() {
      reference.dispose();
      rewards.dispose();
    },
  };
}

/** Prompts of the `safety` split, as many as the stage asks; with a rule reward only those that have a right answer. */
export function safetyPrompts(
  options: ReinforceOptions,
  { scenario }: Pick<StageData, 'scenario'>,
  count = (rolloutsOf(options) * options.completions) / groupOf(options),
): Example[] {
  const examples = scenario.safetyExamples(count, { unsafeShare: options.unsafeShare });
  return options.reward === 'rule' ? examples.filter(({ task }) => task.isCorrect !== undefined) : examples;
}
