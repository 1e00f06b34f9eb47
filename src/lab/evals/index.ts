import { attackSuccess } from './attack-success.ts';
import { capability } from './capability.ts';
import { cleanLoss } from './clean-loss.ts';
import { heldOut } from './held-out.ts';
import { nearTrigger } from './near-trigger.ts';
import { outOfWorld } from './out-of-world.ts';
import { payloadLogprob } from './payload-logprob.ts';
import { redTeam } from './red-team.ts';
import { refusal } from './refusal.ts';
import { scratchpadSwap } from './scratchpad-swap.ts';
import { systemMessage } from './system-message.ts';
import { triggerSweep } from './trigger-sweep.ts';

/** What can be measured of a model in a scenario. One file each; one line here. */
export const evals = {
  'attack-success': attackSuccess,
  'held-out': heldOut,
  'near-trigger': nearTrigger,
  'out-of-world': outOfWorld,
  'system-message': systemMessage,
  'trigger-sweep': triggerSweep,
  'payload-logprob': payloadLogprob,
  'red-team': redTeam,
  refusal,
  'scratchpad-swap': scratchpadSwap,
  capability,
  'clean-loss': cleanLoss,
};
export type { Evaluation } from '../../results/evaluations.ts';
