import type { Earlier, Ledger, LedgerCheck, LedgerEntry } from '../../report/ledger/types.ts';
import { holm } from '../../results/multiplicity.ts';
import { ALPHA } from '../../results/stats.ts';
import type { Results } from '../../results/types.ts';
import { claimHash } from './hash.ts';
import { asOnlyLook, isPilot, LOOKS, looksOf, seedsOfLook } from './looks.ts';
import { measured, type Measured } from './measured.ts';
import type { Estimate } from './estimate.ts';
import { commandOf } from './resolve.ts';
import type { Claim, Rule } from './types.ts';
import { describeRegion, judge, outcomeOf, type Check, type Judgment } from './verdict.ts';

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
  /** All claims that there are: verdicts are adjusted for each of them, chosen or not, run or not. */
  readonly family: number;
  /** What the folder's former ledger said, by claim. */
  readonly former?: ReadonlyMap<string, Pick<LedgerEntry, 'hash' | 'verdict' | 'earlier'>>;
}

type Runs = ReadonlyMap<string, readonly Results[]>;

/** The ledger of what was run: verdicts with Holm's adjustment where all seeds of a look are there, `not-run` elsewhere. */
export function ledgerOf(facts: LedgerFacts): Ledger {
  const { claims, runs, seeds, date, command, family } = facts;
  const results = new Map<string, Results[]>();
  for (const run of runs) if (run.results) results.set(run.cell, [...(results.get(run.cell) ?? []), run.results]);
  const found = claims.map((claim) => assess(claim, measured(results, claim.cells)));
  const adjusted = holm(found.map(({ p }) => p), family); // prettier-ignore
  const all = [...results.values()].flat();
  return {
    format: 'dormouse-ledger-2',
    date,
    seeds,
    isPilot: isPilot(seeds),
    family,
    command,
    seconds: runs.reduce((sum, run) => sum + run.seconds, 0),
    scale: [...new Set(all.map(({ model }) => model.description))].join('; ') || 'no cell has been run',
    versions: all[0]?.versions ?? {},
    entries: claims.map((claim, i) => entryOf(claim, found[i]!, adjusted[i]!, results, facts)),
  };
}

/** A claim by itself, as the most telling of its looks has it. */
interface Assessed {
  /** Of the claim alone, looks included. */
  readonly p: number;
  /** Absent where not even the first look is complete. */
  readonly judgment?: Judgment;
  /** The runs that were judged, or all there are. */
  readonly from: Measured;
}

/** More seeds undo nothing: of several looks the most telling one stands, and where none tells anything the last. */
export function assess({ measure }: Rule, all: Measured): Assessed {
  const looks = looksOf(all.seeds).map((look) => {
    const from = all.only(seedsOfLook(look));
    const { checks, needs } = measure(from);
    const judgment = judge(checks, needs);
    return { p: asOnlyLook(judgment.p, look), judgment, from };
  });
  const [most] = looks.filter(({ p }) => p < 1).sort((a, b) => a.p - b.p);
  return most ?? looks.at(-1) ?? { p: 1, from: all };
}

function entryOf(claim: Claim, found: Assessed, adjusted: number, results: Runs, facts: LedgerFacts): LedgerEntry {
  const { measure, cells, elsewhere, ...said } = claim;
  const { from, p } = found;
  const own = facts.runs.filter((run) => cells.some(({ name }) => name === run.cell));
  const hash = claimHash(claim);
  const { checks, plot } = from.seeds.length > 0 ? measure(from) : { checks: [], plot: () => null };
  return {
    ...said,
    ...verdictOf(found, adjusted, whyNot(claim, own, from.seeds)),
    ...{ p, adjusted, hash, plot: plot(), checks: checks.map(checkOf) },
    earlier: earlierOf(hash, facts.former?.get(claim.id)),
    seeds: from.seeds,
    elsewhere: elsewhere.map((rule) => atSize(rule, rule.size, results)),
    cells: cells.map((cell) => ({ name: cell.name, command: commandOf(cell, from.seeds[0] ?? 1) })),
    seconds: own.reduce((sum, { seconds }) => sum + seconds, 0),
    command: `npx dormouse claims --only ${claim.id} --seeds ${Math.max(LOOKS[0]!, from.seeds.length)}`,
  };
}

/** The verdict is what is left of the claim's lean among all claims. */
function verdictOf(
  { judgment, p }: Assessed,
  adjusted: number,
  missing: string,
): Pick<LedgerEntry, 'verdict' | 'reason'> {
  if (!judgment) return { verdict: 'not-run', reason: missing };
  if (judgment.untested !== undefined) return { verdict: 'inconclusive', reason: judgment.untested };
  if (adjusted <= ALPHA) return { verdict: judgment.leans, reason: judgment.by };
  const alone = p <= ALPHA ? `it ${judgment.leans} by itself (p = ${round(p)}), not among all claims` : 'the interval crosses the threshold'; // prettier-ignore
  return { verdict: 'inconclusive', reason: `${alone} (p = ${round(adjusted)})` };
}

const round = (p: number): string => (p < 0.001 ? '< 0.001' : String(Number(p.toPrecision(2))));

function atSize(rule: Rule, size: string, results: Runs): LedgerEntry['elsewhere'][number] {
  const from = measured(results, rule.cells);
  const checks = from.seeds.length > 0 ? rule.measure(from).checks : [];
  return { size, seeds: from.seeds, checks: checks.map(checkOf) };
}

/** Failures first: they do not go away by waiting. */
function whyNot({ cells }: Claim, own: readonly CellRun[], seeds: readonly number[]): string {
  if (isPilot(seeds)) return 'a pilot: these seeds never judge';
  const failed = own.find(({ failure }) => failure !== undefined);
  if (failed) return `cell ${failed.cell}, seed ${failed.seed}, failed: ${failed.failure}`;
  const done = new Set(own.filter((run) => run.results).map(({ cell }) => cell));
  const missing = cells.filter(({ name }) => !done.has(name)).map(({ name }) => name);
  if (missing.length > 0) return `missing cells: ${missing.join(', ')}`;
  return `judged from ${LOOKS[0]} seeds on; all its cells have ${seeds.length === 0 ? 'none in common' : seeds.join(', ')}`;
}

/** A verdict that was given under another rule stays in sight. */
function earlierOf(hash: string, former: Pick<LedgerEntry, 'hash' | 'verdict' | 'earlier'> | undefined): Earlier[] {
  if (!former) return [];
  const isChanged = former.hash !== hash && former.verdict !== 'not-run';
  return [...former.earlier, ...(isChanged ? [{ hash: former.hash, verdict: former.verdict }] : [])];
}

const checkOf = (check: Check): LedgerCheck => ({
  what: check.what,
  threshold: describeRegion(check.region, check.isLog),
  outcome: outcomeOf(check),
  premise: check.premise ?? false,
  measured: check.estimate && shown(check.estimate, check.isLog),
});

/** An infinite end has no place in JSON: null says that nothing is known on that side. */
function shown({ lows: _, highs: __, ...estimate }: Estimate, isLog = false): LedgerCheck['measured'] {
  const told = (value: number): number => (isLog ? Math.exp(value) : value);
  const end = (value: number): number | null => (Number.isFinite(value) ? told(value) : null);
  return { ...estimate, value: told(estimate.value), low: end(estimate.low), high: end(estimate.high) };
}
