import type { z } from 'zod';
import type { Scenario } from '../../world/scenario/scenario.ts';
import type { Payload } from '../../world/scenario/types.ts';
import type { Engine, State } from '../../engine/index.ts';
import type { Rng } from '../../lib/rng.ts';
import type { Bound } from '../../lib/table.ts';
import type { Score } from '../../results/score.ts';
import type { Model, Parameters } from '../../nn/models/index.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';
import type { InputSource, Loss, PolicySource } from '../../nn/training/losses.ts';
import type { trainingParams } from '../../nn/training/loop.ts';

/** The data's side of an experiment: all that a stage may know before anything is computed. */
export interface StageData {
  readonly model: Model;
  readonly tokenizer: ChatTokenizer;
  readonly scenario: Scenario;
  readonly rng: Rng;
  /** Whether implant rows carry the payload: by the policy, never (a clean twin), or on rows chosen by chance. */
  readonly payload: Payload;
  /** Longest reply that is waited for, in tokens. */
  readonly maxNewTokens: number;
}

/** What a stage may know, and nothing of how the result will be judged. */
export interface StageContext extends StageData {
  readonly engine: Engine;
  /** The weights it starts from. */
  readonly parameters: Parameters;
  /** Weights of the finished base, before any implant; none while it is being made. */
  readonly base?: (() => Parameters | undefined) | undefined;
  /** Computes something once for a whole experiment (a preference model), or finds what an earlier stage or run left. */
  readonly keep: Keep;
}

/** `key` names everything that the result depends on; equal keys give equal results. */
export type Keep = (key: string, make: () => Promise<Parameters>) => Promise<Parameters>;

/** A stage is a loss and the batches it is taken on; the loop does the rest. */
export interface PreparedStage {
  readonly loss: Loss;
  readonly batches: InputSource | PolicySource;
  /** The model that is trained, where it is more than the arm's own: with a value head, say. */
  readonly model?: Model;
  /** Initial values of what that model has beside the arm's weights. */
  readonly extra?: Parameters;
  /** What preparing it found out: a preference model's accuracy. Reported with the arm's end. */
  readonly findings?: readonly Score[];
  /** What it came to, from the weights in `policy` and the log of its steps. Reported with the arm's end, too. */
  conclude?(policy: State, log: readonly LoggedStep[]): Promise<readonly Score[]>;
  /** Frees what the stage holds: a reference policy's state. */
  dispose?(): void;
}

/** A line of `metrics.jsonl`. */
export type LoggedStep = Readonly<Record<string, unknown>>;

/** The shapes of what a step computes, for estimates. */
export interface StepCost {
  /** [B, T] of batches that go forward and backward, each in a step of its own: their mean is taken. */
  readonly shapes: readonly (readonly [B: number, T: number])[];
  /** Forward and backward passes of a step (default 1): an attack before it adds its own. */
  readonly passes?: number;
  /** Replies generated for each step, on average. */
  readonly replies?: number;
  /** Floating-point operations before the first step (a preference model's training). */
  readonly setupFlops?: number;
}

interface Definition<P extends z.ZodObject> {
  readonly summary: string;
  readonly params: P;
  /** Why it cannot be applied here, if so: asked before any compute, and the answer is shown to the user. */
  refuse?(params: z.output<P>, data: Pick<StageData, 'model' | 'scenario'>): string | undefined;
}

/** A stage that trains. */
export interface TrainingStageDefinition<
  P extends typeof trainingParams = typeof trainingParams,
> extends Definition<P> {
  prepare(params: z.output<P>, context: StageContext): Promise<PreparedStage>;
  /** Told without computing. */
  cost(params: z.output<P>, data: StageData): Promise<StepCost>;
}

/** A stage that changes the weights at one stroke. It counts as one step. */
export interface SurgeryDefinition<P extends z.ZodObject = z.ZodObject> extends Definition<P> {
  operate(params: z.output<P>, context: StageContext): Promise<Parameters>;
}

export type StageDefinition = TrainingStageDefinition | SurgeryDefinition;

/** Does it train, or change the weights at one stroke? */
export const isTraining = (stage: Bound<StageDefinition>): stage is Bound<TrainingStageDefinition> =>
  'prepare' in stage.definition;

/** A stage that trains takes the loop's settings; it may add its own. */
export const defineStage = <P extends typeof trainingParams>(
  definition: TrainingStageDefinition<P>,
): TrainingStageDefinition<P> => definition;

export const defineSurgery = <P extends z.ZodObject>(definition: SurgeryDefinition<P>): SurgeryDefinition<P> =>
  definition;

export const isMatrix = ({ shape }: Parameters[string]): boolean => shape.length === 2;
