import type { ClaimPlot, StatedClaim } from '../../report/ledger/types.ts';
import type { Cell } from './cell.ts';
import type { Measured } from './measured.ts';
import type { Check } from './verdict.ts';

export const GROUPS = ['insertion', 'safety training', 'adversarial training', 'trigger generalization'] as const;
type Group = (typeof GROUPS)[number];

/** One statement of the literature as a check that a program can run. */
export interface Claim extends StatedClaim {
  readonly group: Group;
  readonly cells: readonly Cell[];
  measure(from: Measured): Evidence;
}

/** What a claim found: the numbers its rule rests on, and a picture of them. */
interface Evidence {
  readonly checks: readonly Check[];
  /** Must all the checks hold, or is one enough ("some run ...")? */
  readonly needs: 'all' | 'any';
  readonly plot: ClaimPlot;
}

/** Keeps a claim's literal types; says nothing else. */
export const defineClaim = (claim: Claim): Claim => claim;
