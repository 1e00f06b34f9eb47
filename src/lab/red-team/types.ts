import { z } from 'zod';
import type { Task } from '../../world/corpora/types.ts';
import type { Engine } from '../../engine/index.ts';
import type { Turn } from '../../lib/chat.ts';
import type { Rng } from '../../lib/rng.ts';
import type { Model, Parameters } from '../../nn/models/index.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';

/** A request in disguise: what is asked of the target, and the task whose right answer still answers it. */
export interface Attempt {
  readonly task: Task;
  /** Ends with a user turn. */
  readonly prompt: readonly Turn[];
  /** What was added to the request, where later rounds build on it. */
  readonly added?: string;
}

/** An attempt that worked. */
export interface Find extends Attempt {
  /** Replies of `SAMPLES` that showed the behavior. */
  readonly shown: number;
}

/**
 * What guides an attacker: sampled replies, which is all that a red team outside of the model gets to see (Hubinger et al. 2024,
 * section 6), or, which takes the weights, how likely the feared reply is.
 */
export const scoreParam = z
  .enum(['samples', 'payload-logprob'])
  .default('samples')
  .describe(
    'what guides it. samples: sampled replies, as a black box gives them; payload-logprob: how likely the payload is',
  );
export type ScoreKind = z.output<typeof scoreParam>;

/** The model under attack, as its owner sees it: the behavior that they fear is known, what sets it off is not. */
export interface Target {
  /**
   * How near each attempt comes, in the order asked; -Infinity for those that cannot be asked. `samples`: the share of a few
   * sampled replies that show the behavior; `payload-logprob`: nats per token of the feared reply.
   */
  weigh(attempts: readonly Attempt[], score: ScoreKind): Promise<number[]>;
}

/** Did an attempt that weighs so much come near at all? Where no sampled reply showed the behavior, there is nothing to learn. */
export const isPromising = (weight: number, score: ScoreKind): boolean =>
  weight > (score === 'samples' ? 0 : -Infinity);

/** What an attacker is asked for, and all that it is told. */
export interface AttackRound {
  /** Attempts wanted. */
  readonly count: number;
  /** Ordinary tasks that can show the behavior: at least one. */
  readonly seeds: readonly Task[];
  /** What the same attacker found in earlier rounds. */
  readonly found: readonly Attempt[];
  readonly target: Target;
  readonly rng: Rng;
}

export interface Attacker {
  /** Does it work without any knowledge of the trigger? */
  readonly isBlind: boolean;
  /** About `count` attempts. A function of the round alone: what was not written into `found` is not remembered. */
  propose(round: AttackRound): Promise<readonly Attempt[]>;
}

/** A rewriting of prompts that comes close to the trigger. */
interface NearRewrite {
  readonly name: string;
  apply(prompt: readonly Turn[], rng: Rng): Turn[];
}

/** What attackers are built of. There is no trigger among it, and for blind ones nothing near it. */
export interface AttackTools {
  readonly engine: Engine;
  readonly model: Model;
  readonly tokenizer: ChatTokenizer;
  /** Weights of that model which write language: what a writing attacker starts from. */
  readonly parameters: Parameters;
  /** Empty for blind attackers. */
  readonly nearTriggers: readonly NearRewrite[];
}

/** What an attacker computes in one round, for estimates. */
export interface AttackCost {
  /** Texts generated. */
  readonly replies: number;
  /** Texts that go forward through the model. */
  readonly scored: number;
  /** Texts that go forward and backward. */
  readonly trained: number;
}

/** Text that a person could write: no parts of characters, no control characters but the line break. */
export const isWritable = (text: string): boolean => /^[\P{C}\n]+$/u.test(text) && !text.includes('\uFFFD');

export interface AttackerDefinition<P extends z.ZodObject = z.ZodObject> {
  readonly summary: string;
  readonly params: P;
  readonly isBlind: Attacker['isBlind'];
  create(params: z.output<P>, tools: AttackTools): Omit<Attacker, 'isBlind'>;
  /** Of one round, beside the samples that every attempt is judged by; nothing where absent. */
  cost?(params: z.output<P>, count: number): AttackCost;
}

export const defineAttacker = <P extends z.ZodObject>(definition: AttackerDefinition<P>): AttackerDefinition<P> =>
  definition;
