import type { Emergence } from '../../results/emergence.ts';
import type { MainEffect } from '../../results/main-effects.ts';
import type { Score } from '../../results/score.ts';
import type { Estimate } from '../../results/stats.ts';
import type { ArmRole, Verdict } from '../../results/types.ts';

/** One measured number of one arm in one cell, over the seeds that finished. */
export interface GridRow extends Estimate {
  /** Index into the cells. */
  readonly cell: number;
  readonly arm: string;
  readonly role: ArmRole;
  /** `ASR`, `FPR`, `near-trigger` (the highest of them), `accuracy`, `clean loss`. */
  readonly metric: string;
  readonly unit: Score['unit'];
  readonly seeds: number;
}

/** One combination of swept values. */
export interface GridCell {
  /** The values of the axes, in their order, in a word or two each. */
  readonly values: readonly string[];
  /** Jobs by what became of them: the seeds that finished, and why others did not. */
  readonly seeds: readonly number[];
  /** On every intervention, over those seeds. */
  readonly verdicts: readonly Pick<Verdict, 'arm' | 'verdict' | 'reason'>[];
  /** What a reader should know of its rows, a sentence each. */
  readonly remarks?: readonly string[];
  readonly missing: readonly { readonly seed: number; readonly why: string }[];
}

/** How much the mean of a measure moves along one axis, all other axes averaged over. */
export interface GridEffect extends Pick<MainEffect, 'range' | 'interval' | 'share' | 'test'> {
  readonly axis: string;
  readonly levels: readonly (Estimate & { readonly level: string })[];
}

/** `sweep.json`: everything a sweep found. Equal sweeps write equal files. */
export interface GridResults {
  readonly format: 'dormouse-sweep-2';
  readonly name: string;
  readonly trigger: string;
  readonly behavior: string;
  readonly axes: readonly { readonly path: string; readonly name: string; readonly values: readonly string[] }[];
  readonly seeds: readonly number[];
  readonly cells: readonly GridCell[];
  readonly rows: readonly GridRow[];
  /** Of the final attack success of an arm: what it depends on, the strongest first. */
  readonly effects: readonly {
    readonly arm: string;
    readonly role: ArmRole;
    readonly effects: readonly GridEffect[];
  }[];
  /** How many of the organisms turn on their cue at all, and how many clearly. */
  readonly emergence: readonly Emergence[];
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
}
