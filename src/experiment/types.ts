import type { z } from 'zod';
import type { Poison } from '../data/scenario.ts';
import type { BackendChoice } from '../engine/index.ts';

/** What every extension table's entries have in common, and all that the experiment file needs of them. */
export interface Definition {
  readonly summary: string;
  readonly params: z.ZodObject;
}
export type Table = Readonly<Record<string, Definition>>;

export interface ExperimentTables {
  readonly corpora: Table;
  readonly triggers: Table;
  readonly behaviors: Table;
  readonly models: Table;
  readonly stages: Table;
  readonly evals: Table;
}

/** An entry of a table with its parameters, every default filled in. */
export interface Choice {
  readonly kind: string;
  readonly [param: string]: unknown;
}

/** An arm that tells what would have happened anyway. */
export interface Control {
  /** Whose final weights it starts from. */
  readonly from: 'base' | 'organism';
  /** False: its implant stages see the same prompts without the payload (a clean twin). */
  readonly payload?: boolean | undefined;
  readonly stages: readonly Choice[];
}

/** A resolved experiment: plain JSON, nothing left to default. */
export interface Experiment {
  /** Also the name of the run's folder. */
  readonly name: string;
  readonly seed: number;
  readonly corpus: Choice;
  readonly trigger: Choice;
  readonly behavior: Choice;
  readonly reasoning: 'normal';
  readonly poison: Poison;
  readonly tokenizer: { readonly vocabSize: number };
  readonly model: Choice;
  readonly engine: { readonly backend: BackendChoice; readonly threads: 'auto' | number };
  readonly base: readonly Choice[];
  readonly implant: readonly Choice[];
  readonly interventions: Readonly<Record<string, readonly Choice[]>>;
  readonly controls: Readonly<Record<string, Control>>;
  readonly evals: readonly Choice[];
}

export type Path = readonly PropertyKey[];

/** One thing wrong with an experiment, and the place in it. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
}

/** What to hand to a definition's `create`: the choice without its kind. */
export function paramsOf({ kind: _, ...params }: Choice): Record<string, unknown> {
  return params;
}
