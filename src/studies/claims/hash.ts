import { readExperimentFile } from '../../lab/experiment/shipped.ts';
import { sha256 } from '../../lib/sha256.ts';
import type { Cell } from './cell.ts';
import type { Claim } from './types.ts';

/** Raised whenever the analysis says something else of the same runs; a test compares its sources with those of this version. */
export const ANALYSIS = 2;

/**
 * SHA-256 of what a claim's verdict follows from, before any run: its rule in words, its cells with the experiment that they
 * vary, where it is judged, and the version of the analysis. A rule that is changed after a run has another.
 */
export function claimHash({ id, rule, size, cells, elsewhere }: Claim): string {
  const others = elsewhere.map((one) => ({ size: one.size, cells: one.cells.map(contentOf) }));
  return sha256(canonical({ analysis: ANALYSIS, id, rule, size, cells: cells.map(contentOf), elsewhere: others }));
}

/** Overrides are put over the experiment in their own order. */
const contentOf = ({ name, scale, overrides }: Cell): object => ({
  name,
  of: readExperimentFile(scale),
  overrides: Object.entries(overrides),
});

/** JSON with the keys of every object in order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
