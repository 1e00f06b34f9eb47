import type { Ledger, LedgerCheck, LedgerEntry } from '../../report/ledger/types.ts';
import type { Results } from '../../results/types.ts';
import { measured } from './measured.ts';
import { commandOf } from './resolve.ts';
import type { Claim } from './types.ts';
import { describeRegion, judge, outcomeOf, type Check } from './verdict.ts';

/** What became of a cell in one seed. */
export interface CellRun {
  readonly cell: string;
  readonly seed: number;
  /** Null where it was not run, or failed. */
  readonly results: Results | null;
  /** Of compute. */
  readonly seconds: number;
  /** Why there are no results. */
  readonly failure?: string;
}

export interface LedgerFacts {
  readonly claims: readonly Claim[];
  readonly runs: readonly CellRun[];
  readonly seeds: readonly number[];
  readonly date: string;
  readonly command: string;
}

/** The ledger of what was run: a verdict where all cells of a claim have a common seed, `not-run` elsewhere. */
export function ledgerOf({ claims, runs, seeds, date, command }: LedgerFacts): Ledger {
  const results = new Map<string, Results[]>();
  for (const run of runs) if (run.results) results.set(run.cell, [...(results.get(run.cell) ?? []), run.results]);
  const some = runs.find((run) => run.results)?.results;
  return {
    format: 'dormouse-ledger-1',
    date,
    seeds,
    command,
    seconds: runs.reduce((sum, run) => sum + run.seconds, 0),
    scale: some?.model.description ?? 'no cell has been run',
    versions: some?.versions ?? {},
    entries: claims.map((claim) => entryOf(claim, results, runs)),
  };
}

function entryOf(
  claim: Claim,
  results: ReadonlyMap<string, readonly Results[]>,
  runs: readonly CellRun[],
): LedgerEntry {
  const { measure, cells, ...said } = claim;
  const from = measured(results, cells);
  const own = runs.filter((run) => cells.some(({ name }) => name === run.cell));
  const common = {
    ...said,
    seeds: from.seeds,
    cells: cells.map((cell) => ({ name: cell.name, command: commandOf(cell, from.seeds[0] ?? 1) })),
    seconds: own.reduce((sum, { seconds }) => sum + seconds, 0),
    command: `npx dormouse claims --only ${claim.id} --seeds ${Math.max(1, from.seeds.length)}`,
  };
  if (from.seeds.length === 0)
    return { ...common, verdict: 'not-run', reason: whyNot(claim, own), checks: [], plot: null };
  const { checks, needs, plot } = measure(from);
  return { ...common, ...judge(checks, needs), checks: checks.map(checkOf), plot };
}

/** Failures first: they do not go away by waiting. */
function whyNot({ cells }: Claim, own: readonly CellRun[]): string {
  const failed = own.find(({ failure }) => failure !== undefined);
  if (failed) return `cell ${failed.cell}, seed ${failed.seed}, failed: ${failed.failure}`;
  const done = new Set(own.filter((run) => run.results).map(({ cell }) => cell));
  const missing = cells.filter(({ name }) => !done.has(name)).map(({ name }) => name);
  return missing.length > 0 ? `not run: ${missing.join(', ')}` : 'its cells have no seed in common';
}

const checkOf = (check: Check): LedgerCheck => ({
  what: check.what,
  threshold: describeRegion(check.region),
  outcome: outcomeOf(check),
  premise: check.premise ?? false,
  measured: check.estimate,
});
