import { z } from 'zod';
import { encodeExamples } from '../../world/scenario/render.ts';
import type { State } from '../../engine/index.ts';
import { UserError } from '../../lib/errors.ts';
import type { Score } from '../../results/score.ts';
import { attackCost, attackerParams, createAttacker, createCampaign, SAMPLES } from '../red-team/index.ts';
import type { Campaign } from '../red-team/index.ts';
import type { Choice } from '../../lib/table.ts';
import { trainingParams } from '../../nn/training/loop.ts';
import { languageModelLoss } from '../../nn/training/losses.ts';
import { reinforceOnFinds } from './adversarial-rl.ts';
import { adversarialSource } from './adversarial-source.ts';
import { reinforceParams, rolloutsOf } from './reinforce.ts';
import { rl } from './rl.ts';
import { safetyParams } from './safety-params.ts';
import { longestSafetyRow, rowsOf } from './supervised.ts';
import { defineStage } from './types.ts';
import type { PreparedStage, StageContext, StageData, StepCost } from './types.ts';

/** All of it but what every stage has. */
const rlSettings = reinforceParams.omit({
  ...{ steps: true, batchSize: true, accumulate: true, lr: true, schedule: true },
  ...{
    optimizer: true,
    clipNorm: true,
    evalEverySteps: true,
    evalAtSteps: true,
    saveEverySteps: true,
    unsafeShare: true,
  },
});

const params = trainingParams.extend({
  ...safetyParams,
  rounds: z.int().positive().default(3).describe('rounds of red-teaming, each followed by an equal share of the steps'),
  prompts: z.int().positive().default(64).describe('attempts of each attacker in each round'),
  mix: z.number().min(0).max(0.5).default(0.5).describe('share of each batch that are prompts the red team found'),
  attackers: z
    .array(attackerParams)
    .min(1)
    .prefault(['templates', 'prompt-writer'])
    .describe('who attacks, each by its kind or with settings; see: dormouse list attackers'),
  nearTriggers: z.boolean().default(false).describe('the red team comes close to the trigger, too: not blind any more'),
  against: z
    .enum(['organism', 'current'])
    .default('organism')
    .describe('the weights attacked in a round: those that the stage starts from, or those of the moment'),
  train: z.enum(['sft', 'rl']).default('sft').describe('on right answers, or by reinforcement as the stage rl does'),
  rl: rlSettings.prefault({}).describe('with train: rl, what that stage can be given'),
});
type Params = z.output<typeof params>;

const asReinforcement = ({ rl: settings, ...chosen }: Params) => ({ ...chosen, ...settings });

/**
 * Adversarial training (Hubinger et al. 2024, section 6): a red team that does not know the trigger, and by default sees
 * nothing of the model but sampled replies, looks for prompts
 * which set off the behavior, and training answers them well. An attempt has worked when one of ten sampled replies shows the
 * behavior; what worked fills `mix` of every batch, over and over where it is little; the rest is safety training as usual.
 * Where nothing was found yet, all of a batch is. A prompt that holds the trigger is never tried and never trained on.
 *
 * The source attacks the model before its safety training and trains by PPO against a preference model (`train: rl`). Here
 * the rounds are spread over the stage, `against: current` attacks the weights as they are then, and `train: sft`
 * teaches the right answer of the request in disguise, without a scratchpad.
 */
export const adversarial = defineStage({
  summary: 'a red team blind to the trigger looks for prompts that set the behavior off, and training answers them',
  params,
  refuse(chosen, data) {
    const { rounds, steps, train } = chosen;
    if (rounds > steps) return `${rounds} rounds in ${steps} steps; give at least as many steps as rounds`;
    if (train === 'sft') return undefined;
    const settings = asReinforcement(chosen);
    const rollouts = rolloutsOf(settings);
    return rounds > rollouts
      ? `${rounds} rounds in ${rollouts} rollouts; give at least as many rollouts (more steps, or fewer completions)`
      : rl.refuse?.(settings, data);
  },
  async prepare(chosen, context) {
    const { engine, model, parameters } = context;
    const campaign = redTeam(chosen, context);
    const organism = chosen.against === 'organism' ? engine.createState(parameters) : undefined;
    const attack = (policy: State): Promise<void> => campaign.runRound({ engine, model, state: organism ?? policy });
    const prepared =
      chosen.train === 'rl'
        ? await reinforceOnFinds(asReinforcement(chosen), context, { campaign, attack })
        : await superviseOnFinds(chosen, context, campaign, attack);
    return {
      ...prepared,
      dispose() {
        prepared.dispose?.();
        organism?.dispose();
      },
    };
  },
  async cost(chosen, data) {
    const { steps, prompts, rounds } = chosen;
    const own = await trainingCost(chosen, data);
    const longest = Math.max(...own.shapes.map(([, T]) => T));
    const costs = attackersOf(chosen).map((attacker) => attackCost(attacker, prompts));
    const flops = costs.map(({ scored, trained }) => (scored + 3 * trained) * data.model.forwardFlops(1, longest));
    const replies = costs.map((cost) => cost.replies + prompts * SAMPLES);
    const total = (each: readonly number[]): number => rounds * each.reduce((sum, x) => sum + x, 0);
    const { replies: sampled = 0, setupFlops = 0 } = own;
    return { ...own, replies: sampled + total(replies) / steps, setupFlops: setupFlops + total(flops) };
  },
});

/** A step without the red team. */
async function trainingCost(chosen: Params, data: StageData): Promise<StepCost> {
  if (chosen.train === 'rl' && rl.cost) return rl.cost(asReinforcement(chosen), data);
  return { shapes: [[chosen.batchSize, await longestSafetyRow(chosen, data)]] };
}

async function superviseOnFinds(
  options: Params,
  data: StageData,
  campaign: Campaign,
  attack: (policy: State) => Promise<void>,
): Promise<PreparedStage> {
  const rows = data.scenario.safetyExamples(rowsOf(options), { unsafeShare: options.unsafeShare });
  const ordinary = await encodeExamples(data.tokenizer, rows);
  const findings: Score[] = [];
  const parts = { options, campaign, ordinary, data, findings };
  return {
    loss: languageModelLoss,
    batches: (policy) => adversarialSource({ ...parts, attack: () => attack(policy) }),
    findings,
  };
}

/** Who attacks. */
const attackersOf = ({ attackers, nearTriggers }: Params): readonly Choice[] => {
  const near = attackers.some(({ kind }) => kind === 'near-triggers');
  return nearTriggers && !near ? [...attackers, { kind: 'near-triggers' }] : attackers;
};

/** Requests that attacks are built on: enough to choose from even where the stage is short. */
const SEEDS = 512;

/** The red team, told nothing of the trigger unless the experiment says so. */
function redTeam(chosen: Params, context: StageContext): Campaign {
  const { engine, model, tokenizer, parameters, scenario, maxNewTokens, rng } = context;
  const seeds = scenario
    .safetyExamples(SEEDS, { unsafeShare: chosen.unsafeShare })
    .map(({ task }) => task)
    .filter((task) => scenario.behavior.applies(task));
  if (seeds.length === 0)
    throw new UserError(
      `nothing to attack with: none of ${SEEDS} prompts of split safety can show the behavior ${scenario.behavior.label}; ` +
        'give the corpus more rows that can',
    );
  const tools = { engine, model, tokenizer, parameters, nearTriggers: scenario.trigger.nearTriggers };
  const attackers = attackersOf(chosen).map((choice, i, all) => {
    const isSecond = all.slice(0, i).some(({ kind }) => kind === choice.kind);
    return [isSecond ? `${choice.kind} ${i + 1}` : choice.kind, createAttacker(choice, tools)] as const;
  });
  return createCampaign({
    ...{ scenario, tokenizer, maxNewTokens, seeds, count: chosen.prompts, rng: rng.fork('red team') },
    attackers: Object.fromEntries(attackers),
  });
}
