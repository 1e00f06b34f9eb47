import { z } from 'zod';
import type { State } from '../../engine/index.ts';
import type { Score } from '../../results/score.ts';
import type { Campaign } from '../red-team/index.ts';
import type { InputSource } from '../../nn/training/losses.ts';
import type { PromptSource } from '../../nn/training/rl/rollout.ts';
import { cleanly, deck, firstStepOf, mixedRows, mixedShare } from './adversarial-source.ts';
import type { AdversarialOptions } from './adversarial-source.ts';
import { inTurn } from './prompts.ts';
import { reinforce, rolloutsOf, safetyPrompts } from './reinforce.ts';
import type { ReinforceOptions } from './reinforce.ts';
import type { PreparedStage, StageContext } from './types.ts';
import { savedAs } from '../../lib/saved.ts';

type Options = AdversarialOptions & ReinforceOptions;

interface RedTeam {
  readonly campaign: Campaign;
  /** Sends it against the weights that it attacks. */
  attack(policy: State): Promise<void>;
}

/** What changes from rollout to rollout. */
interface Progress {
  policy?: State;
  /** Prompts asked, and how many of them the red team had found. */
  asked: number;
  mixed: number;
  /** Has a round been run that the log does not have yet? */
  isNews: boolean;
}

const count = z.int().nonnegative();
const savedState = z.strictObject({ asked: count, mixed: count, campaign: z.unknown(), rollouts: z.unknown() });

/**
 * Reinforcement on prompts of which `mix` are found ones: the red team goes to work before the first rollout of each round.
 * Everything else is the stage `rl`.
 */
export async function reinforceOnFinds(
  options: Options,
  context: StageContext,
  redTeam: RedTeam,
): Promise<PreparedStage> {
  const progress: Progress = { asked: 0, mixed: 0, isNews: false };
  const prompts = mixedPrompts(options, context, redTeam, progress);
  const { batches, findings: own = [], ...prepared } = await reinforce(options, context, 'adversarial', prompts);
  const findings: Score[] = [];
  const report = (): void => {
    const { asked, mixed } = progress;
    const yields = redTeam.campaign.scores('adversarial');
    findings.splice(0, findings.length, ...own, ...yields, ...mixedShare(mixed, asked));
  };
  return {
    ...prepared,
    findings,
    batches(policy) {
      progress.policy = policy;
      const rollouts = typeof batches === 'function' ? batches(policy) : batches;
      return reported(rollouts, options, redTeam.campaign, progress, report);
    },
  };
}

/** The rl stage's prompts, `mix` of them found: a round's finds are dealt out over its rollouts. */
function mixedPrompts(options: Options, context: StageContext, redTeam: RedTeam, progress: Progress): PromptSource {
  const { rounds, reward } = options;
  const { campaign, attack } = redTeam;
  const schedule = { rounds, steps: rolloutsOf(options) };
  const ordinary = inTurn(safetyPrompts(options, context), context);
  return async (rollout, wanted) => {
    while (progress.policy && campaign.rounds < rounds && firstStepOf(campaign.rounds, schedule) <= rollout) {
      await attack(progress.policy);
      progress.isNews = true;
    }
    const judged = campaign.found.filter(({ task }) => reward !== 'rule' || task.isCorrect !== undefined);
    const found = deck(cleanly(judged, context), context.rng.fork(`found/${campaign.rounds}`));
    const k = mixedRows({ ...options, batchSize: wanted }, found.size);
    const sinceRound = rollout - firstStepOf(campaign.rounds - 1, schedule);
    progress.asked += wanted;
    progress.mixed += k;
    const mixed = inTurn(found.take(sinceRound * k, k), context);
    return [...(await ordinary(rollout, wanted - k)), ...(await mixed(0, k))];
  };
}

/** The rollouts, with what the red team did in the log and in what is saved. */
function reported(
  rollouts: InputSource,
  { accumulate }: Options,
  campaign: Campaign,
  progress: Progress,
  report: () => void,
): InputSource {
  let batches = 0;
  return {
    async next() {
      const inputs = await rollouts.next();
      report();
      const metrics = { ...inputs.metrics, ...(progress.isNews && campaign.metrics()) };
      batches += 1;
      // a step's last micro-batch speaks for it
      if (batches % accumulate === 0) progress.isNews = false;
      return { ...inputs, metrics };
    },
    state: () => ({
      ...{ asked: progress.asked, mixed: progress.mixed },
      ...{ campaign: campaign.state(), rollouts: rollouts.state() },
    }),
    restore(state) {
      const {
        campaign: found,
        rollouts: place,
        ...counts
      } = savedAs(savedState, state, 'the saved place in the stage');
      Object.assign(progress, counts);
      campaign.restore(found);
      rollouts.restore(place);
      report();
    },
  };
}
