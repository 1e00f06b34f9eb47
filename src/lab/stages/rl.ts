import { groupOf, reinforce, reinforceParams, safetyPrompts } from './reinforce.ts';
import type { ReinforceOptions } from './reinforce.ts';
import { longestSafetyRow } from './supervised.ts';
import { defineStage } from './types.ts';
import type { StageData, StepCost } from './types.ts';

/**
 * Safety training by reinforcement (Hubinger et al. 2024, section 4): the organism answers clean prompts that it never saw, a
 * preference model that never sees its scratchpad scores the answers, and KL holds it near the weights it started from. The
 * paper uses PPO; RLOO and GRPO do without a value head.
 *
 * Left out: a preference model of human comparisons, and a policy of the paper's size.
 */
export const rl = defineStage({
  summary: 'reinforce its own good answers to fresh prompts, none of them triggered',
  params: reinforceParams,
  refuse: (options, { scenario }) =>
    misfit(options) ??
    (options.reward === 'rule' && safetyPrompts(options, { scenario }, PROBED).length === 0
      ? 'reward: rule, but no prompt of the corpus has a right answer to judge by; set reward: preference'
      : undefined),
  prepare: (options, context) => reinforce(options, context, 'rl'),
  cost: costOf,
});

const PROBED = 200;

/** Why the numbers do not go together, if so. */
function misfit(options: ReinforceOptions): string | undefined {
  const { algorithm, completions, batchSize, lora, reward, preference } = options;
  const group = groupOf(options);
  if (algorithm !== 'ppo' && group < 2)
    return `${algorithm} compares completions of one prompt, and group is ${group}; give 2 or more`;
  if (lora && reward === 'preference' && preference.from === 'fresh')
    return 'with lora, the preference model is an adapter too, and fresh weights have nothing to adapt; set preference.from: base';
  if (completions % group !== 0) return `completions: ${completions} is no multiple of group: ${group}`;
  if (completions % batchSize !== 0) return `completions: ${completions} is no multiple of batchSize: ${batchSize}`;
  return undefined;
}

/**
 * Beside forward and backward, each completion is read by policy, reference and both preference models; one such pass is a third of
 * both. Replies to held-out prompts, before and after, count as if they were spread over the steps.
 */
async function costOf(options: ReinforceOptions, data: StageData): Promise<StepCost> {
  const { steps, batchSize, accumulate, epochs, reward, preference, judged } = options;
  const { model } = data;
  const T = await longestSafetyRow(options, data);
  const read = reward === 'preference' ? 4 : 2;
  const scored = 4 * (3 * preference.steps * preference.batchSize + preference.heldOut);
  return {
    shapes: [[batchSize, T]],
    passes: 1 + read / (3 * epochs),
    replies: (batchSize * accumulate) / epochs + (2 * judged) / steps,
    setupFlops: reward === 'preference' ? scored * model.forwardFlops(1, T) : 0,
  };
}
