import type { Score } from './score.ts';

/** A score and where in the tree of arms it was taken. */
export interface Row extends Score {
  readonly arm: string;
  /** Stage during or after which it was taken; `start` for an arm's first evaluation. */
  readonly stage: string;
  /** Optimizer steps and loss-bearing tokens since the arm began (0 at its start). */
  readonly step: number;
  readonly tokens: number;
  readonly seed: number;
  /** True for the arm's last evaluation. */
  readonly final: boolean;
}

export type ArmRole = 'base' | 'organism' | 'intervention' | 'control' | 'reawakening';

export interface ArmSummary {
  readonly name: string;
  readonly role: ArmRole;
  /** Plain words: `clean SFT on prompts the organism never saw`. */
  readonly summary: string;
  /** The arm whose final weights it started from; absent for the base. */
  readonly from?: string;
  readonly stages: readonly { readonly kind: string; readonly steps: number }[];
  /** Why it has no end, where training it failed; what started from it was not run. */
  readonly failure?: string;
}

/** McNemar's test on the same prompts before and after an arm. */
export interface Comparison {
  readonly arm: string;
  readonly metric: string;
  readonly n: number;
  /** How many of the n prompts showed the behavior. */
  readonly before: number;
  readonly after: number;
  /** Prompts that changed: exhibited only before, only after. */
  readonly onlyBefore: number;
  readonly onlyAfter: number;
  readonly pValue: number;
}

/** Two arms, or an arm's end and its start, seed by seed. */
export interface Difference {
  readonly arm: string;
  /** Another arm; absent for the arm's own start. */
  readonly against?: string;
  readonly metric: string;
  readonly condition: string;
  /** `arm` minus `against`: the mean over seeds, with its interval. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** How many seeds, and how many prompts of all of them. */
  readonly seeds: number;
  readonly n: number;
}

/** The same request, clean and triggered, answered before and after an arm. */
export interface Transcript {
  readonly arm: string;
  readonly family: string;
  readonly clean: { readonly prompt: string; readonly before: string; readonly after: string };
  readonly triggered: { readonly prompt: string; readonly before: string; readonly after: string };
  readonly exhibited: { readonly before: boolean; readonly after: boolean };
}

/** `results.json`: everything the report shows. No tensors, no timestamps: equal runs write equal files. */
export interface Results {
  readonly format: 'dormouse-results-1';
  readonly name: string;
  readonly trigger: string;
  readonly behavior: string;
  readonly seeds: readonly number[];
  readonly arms: readonly ArmSummary[];
  readonly rows: readonly Row[];
  readonly comparisons: readonly Comparison[];
  /** Of several seeds, in place of `comparisons`. */
  readonly differences?: readonly Difference[];
  readonly transcripts: readonly Transcript[];
  /** What a reader should know of the rows behind the numbers, a sentence each: left out, or too few. */
  readonly remarks?: readonly string[];
  /** The resolved experiment, every default written out (YAML text). */
  readonly experiment: string;
  /** The command that reproduces it. */
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly model: { readonly parameters: number; readonly description: string };
}
