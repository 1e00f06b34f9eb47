import type { Evaluation, Place } from '../../results/evaluations.ts';
import type { Bench } from '../assemble/prepare.ts';
import type { Io } from './progress.ts';
import type { Engine } from '../../engine/index.ts';
import type { Experiment } from '../experiment/types.ts';
import type { Parameters } from '../../nn/models/index.ts';
import type { Architectures } from '../../nn/checkpoints/index.ts';
import type { Keep, StageContext } from '../stages/types.ts';
import type { Replies } from '../evals/subject.ts';

/** What an arm is run with; the same for all arms of an experiment. */
export interface RunContext {
  readonly experiment: Experiment;
  /** Of the experiment: a saved state belongs to it alone. */
  readonly hash: string;
  readonly bench: Bench;
  /** The architectures that checkpoints may have. */
  readonly models?: Architectures;
  readonly engine: Engine;
  readonly io: Io;
  /** What stages compute once for all arms. */
  readonly keep: Keep;
  readonly base?: StageContext['base'];
  /** Greedy replies at the end of each arm, by its name, as far as this process heard them. */
  readonly replies?: Map<string, Replies>;
  /** Trained bases that other experiments left, if they are shared. */
  readonly bases?: BaseCache | undefined;
  /** Steps of the whole experiment, and how many of them lie in arms before this one. */
  readonly totalSteps: number;
  readonly stepsBefore: number;
}

/** Weights of a base, and what its training came to. */
export interface TrainedBase {
  readonly parameters: Parameters;
  readonly steps: number;
  readonly lossTokens: number;
}

export interface BaseCache {
  find(): TrainedBase | undefined;
  put(base: TrainedBase): void;
}

export interface ArmResult {
  readonly parameters: Parameters;
  readonly evaluations: readonly (Place & Evaluation)[];
}
