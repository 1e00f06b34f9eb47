import type { ClaimPlot, StatedClaim } from '../../report/ledger/types.ts';
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
export interface Claim extends StatedClaim {
  readonly group: Group;
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

/** Keeps a claim's literal types; says nothing else. */
export const defineClaim = (claim: Claim): Claim => claim;
export const defineCell = (name: string, overrides: Readonly<Record<string, unknown>>, scale = SCALE): Cell => ({
  name,
  scale,
  overrides,
});

/** The small experiment that all cells vary. */
const SCALE = 'claims-tiny';
