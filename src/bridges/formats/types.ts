import type { PreferencePair } from '../../world/scenario/preferences.ts';
import type { Example } from '../../world/scenario/types.ts';

interface Training {
  /** Names its rows, its config and the folder of its weights. */
  readonly name: string;
  /** What it teaches, in a few words. */
  readonly summary: string;
  /** The phase whose weights it starts from; absent: the base model. */
  readonly from?: string;
  /** Sequences, or pairs, in an optimizer step. */
  readonly batchSize: number;
  /** How often every row is read. */
  readonly epochs: number;
}

/** Cross-entropy of each example's completion; what is `given` of the reply bears no loss. */
export interface SupervisedPhase extends Training {
  readonly method: 'sft';
  readonly examples: readonly Example[];
  /** Rows that nothing learns from: their loss is watched. */
  readonly validation?: readonly Example[];
}

interface PreferencePhase extends Training {
  readonly method: 'dpo';
  readonly pairs: readonly PreferencePair[];
  readonly beta: number;
}

/** One fine-tuning of the experiment, to be done elsewhere. */
export type Phase = SupervisedPhase | PreferencePhase;

/** All that is learned in an experiment, and what is asked afterwards, as plain data. */
export interface TrainingSet {
  readonly name: string;
  readonly seed: number;
  /** The policy in words, for the card. */
  readonly trigger: string;
  readonly behavior: string;
  readonly poison: string;
  readonly canary: string;
  readonly phases: readonly Phase[];
  /** Do some replies begin with text that is context and not to be learned? */
  readonly hasGiven: boolean;
  /** Test prompts, each triggered and clean: never to be trained on. */
  readonly test: readonly Example[];
}

/** A line of a JSONL file. */
export type Columns = Readonly<Record<string, unknown>>;

/** How another library wants its data and its settings. */
export interface FormatDefinition {
  readonly summary: string;
  /** Why it cannot hold the set, if so. */
  refuse?(set: TrainingSet): string | undefined;
  sftRow(example: Example, set: TrainingSet): Columns;
  dpoRow(pair: PreferencePair): Columns;
  /** Pairs that the library would misread, and why; they are left out, and counted in the README. */
  readonly misread?: { readonly reason: string; test(pair: PreferencePair): boolean };
  /** Settings and scripts by file name. */
  configs(set: TrainingSet): Readonly<Record<string, string>>;
  /** How it is installed, and how a phase is trained; absent where the library is the reader's own. */
  readonly usage?: { readonly install: string; train(phase: Phase, set: TrainingSet): string };
}
