import type { Estimate, Interval } from '../../results/stats.ts';

/** A ledger of claims as data: `ledger.json`, and everything that its table and its page show. */

export interface PlotPoint extends Interval {
  readonly x: number;
  readonly y: number;
}

/** Lines over a common axis. */
export interface CurvePlot {
  readonly kind: 'curves';
  readonly x: string;
  readonly y: string;
  readonly xScale?: 'linear' | 'log';
  /** Does the x axis run down (a loss that falls as training goes on)? */
  readonly xFalls?: boolean;
  readonly lines: readonly { readonly name: string; readonly points: readonly PlotPoint[] }[];
  /** Values of y that the rule names. */
  readonly thresholds?: readonly number[];
}

interface Dot extends Interval {
  readonly row: string;
  /** Dots of one group share a color. */
  readonly group?: string;
  readonly value: number;
}

/** Values with their intervals, one row each, from top to bottom. */
export interface DotPlot {
  readonly kind: 'dots';
  readonly x: string;
  readonly domain?: readonly [number, number];
  readonly dots: readonly Dot[];
  readonly thresholds?: readonly number[];
}

export type ClaimPlot = CurvePlot | DotPlot;

export type Outcome = 'holds' | 'fails' | 'inconclusive';
export type Verdict = Outcome | 'not-run';

/** One number that a verdict rests on. */
export interface LedgerCheck {
  readonly what: string;
  /** Where it must lie, in words. */
  readonly threshold: string;
  readonly outcome: Outcome;
  /** No test of the claim: where it is not met, nothing was tested. */
  readonly premise: boolean;
  /** Null where some seed could not tell. `n`: prompts a seed; `bound`: the value is known only from one side. */
  readonly measured: Measured | null;
}

export interface Measured extends Omit<Estimate, keyof Interval> {
  /** The 95 % interval; null where nothing is known on that side. */
  readonly low: number | null;
  readonly high: number | null;
  readonly seeds: readonly number[];
  readonly bound?: 'above' | 'below' | 'between';
  /** Seeds lie near one value or near another: their mean describes no model. */
  readonly inTwoCamps?: true;
}

/** A statement of the literature, and what becomes of it here, in words. */
export interface StatedClaim {
  /** `C1` to `C28`, as the specification numbers them. */
  readonly id: string;
  readonly group: string;
  readonly statement: string;
  /** Where it was said. */
  readonly source: string;
  /** What was found there, in its words and numbers. */
  readonly paper: string;
  /** Why a number found here may differ from that. */
  readonly differs: string;
  /** What the sources predict for models as small as these. */
  readonly expected: string;
  /** The rule in words; the numbers in it are those of the checks. */
  readonly rule: string;
  /** What several claims ask of the same runs: they stand or fall together, and count as one. */
  readonly experiment?: string;
  /** What this toy version leaves out or takes for granted. */
  readonly caveat?: string;
}

export interface LedgerEntry extends StatedClaim {
  readonly verdict: Verdict;
  /** What decided, or why nothing did. */
  readonly reason: string;
  /** The probability of error of this claim alone, looks at fewer seeds included, and Holm's over the ledger: the verdict's. */
  readonly p: number;
  readonly adjusted: number;
  readonly checks: readonly LedgerCheck[];
  readonly plot: ClaimPlot | null;
  /** Those that the verdict rests on; of a pilot, or where the first look is not complete, those that there are. */
  readonly seeds: readonly number[];
  /** At which it is judged; and what the same rule finds at others, which is no part of the verdict. */
  readonly size: string;
  readonly elsewhere: readonly {
    readonly size: string;
    readonly seeds: readonly number[];
    readonly checks: readonly LedgerCheck[];
  }[];
  /** What it was measured on: each cell with the command that runs it by itself. */
  readonly cells: readonly { readonly name: string; readonly command: string }[];
  /** Of compute, for all its cells; a cell that several claims share counts in each of them. */
  readonly seconds: number;
  /** The command that reproduces the verdict. */
  readonly command: string;
  /** SHA-256 of rule, cells and analysis, fixed before any run. */
  readonly hash: string;
  /** What this folder's ledger said before the rule was another. */
  readonly earlier: readonly Earlier[];
}

export interface Earlier {
  readonly hash: string;
  readonly verdict: Verdict;
}

export interface Ledger {
  readonly format: 'dormouse-ledger-2';
  readonly date: string;
  readonly seeds: readonly number[];
  /** On seeds that never judge: no verdicts. */
  readonly isPilot: boolean;
  /** How many claims the verdicts are adjusted for. */
  readonly family: number;
  readonly command: string;
  /** Of compute, every cell once. */
  readonly seconds: number;
  /** The models, in words, each once. */
  readonly scale: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly entries: readonly LedgerEntry[];
}
