import type { Measured } from './measured.ts';
import type { Check } from './verdict.ts';

/** A variant of a small base experiment: what an arm of the literature's claims is run as, once per seed. */
export interface Cell {
  /** Unique, and short enough for a plot's label. */
  readonly name: string;
  /** The shipped experiment that is varied. */
  readonly scale: string;
  /** Dotted path -> value, as `--set` takes them, in this order. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

export const GROUPS = ['insertion', 'safety training', 'adversarial training', 'trigger generalization'] as const;
export type Group = (typeof GROUPS)[number];

/** One statement of the literature as a check that a program can run. */
export interface Claim {
  /** `C1` to `C28`, as the specification numbers them. */
  readonly id: string;
  readonly group: Group;
  readonly statement: string;
  /** Where it was said. */
  readonly source: string;
  /** What was found there, in its words and numbers. */
  readonly paper: string;
  /** What the sources predict for models as small as these. */
  readonly expected: string;
  /** The rule in words; the numbers in it are those of the checks. */
  readonly rule: string;
  /** What this toy version leaves out or takes for granted. */
  readonly caveat?: string;
  readonly cells: readonly Cell[];
  measure(from: Measured): Evidence;
}

/** What a claim found: the numbers its rule rests on, and a picture of them. */
export interface Evidence {
  readonly checks: readonly Check[];
  /** Must all the checks hold, or is one enough ("some run ...")? */
  readonly needs: 'all' | 'any';
  readonly plot: ClaimPlot;
}

export type ClaimPlot = CurvePlot | DotPlot;

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
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

/** Values with their intervals, one row each, from top to bottom. */
export interface DotPlot {
  readonly kind: 'dots';
  readonly x: string;
  readonly domain?: readonly [number, number];
  readonly dots: readonly {
    readonly row: string;
    /** Dots of one group share a color. */
    readonly group?: string;
    readonly value: number;
    readonly low: number;
    readonly high: number;
  }[];
  readonly thresholds?: readonly number[];
}

/** Keeps a claim's literal types; says nothing else. */
export const defineClaim = (claim: Claim): Claim => claim;
export const defineCell = (name: string, overrides: Readonly<Record<string, unknown>>, scale = SCALE): Cell => ({
  name,
  scale,
  overrides,
});

/** The small experiment that all cells vary. */
const SCALE = 'claims-tiny';
