import { groupBy } from '../lib/group.ts';
import { pairedDifference } from './over-seeds.ts';
import { organismOf, pool } from './select.ts';
import type { Claim, JudgedClaim, Quantity, Results, Row } from './types.ts';

type Found = Pick<Results, 'arms' | 'rows'>;

/** What became of each claim, over all seeds: of a difference, paired by seed. */
export function judgeClaims(found: Found, claims: readonly Claim[]): JudgedClaim[] {
  const judged = claims.map((claim) => judge(found, claim));
  const isPresumed = judged.every(({ isPremise, verdict }) => !isPremise || verdict === 'holds');
  return judged.map((one) =>
    isPresumed || one.isPremise || one.verdict === 'not-measured' ? one : { ...one, verdict: 'inconclusive' },
  );
}

function judge(found: Found, claim: Claim): JudgedClaim {
  const { of, minus, least = -Infinity, most = Infinity } = claim;
  const a = endsOf(found, of);
  const estimate = minus ? difference(a, endsOf(found, minus)) : pool(a, found.rows);
  if (!estimate) return { ...claim, verdict: 'not-measured', found: null };
  const { value, low, high, n, seeds } = estimate;
  const holds = low >= least && high <= most;
  const fails = high < least || low > most;
  return { ...claim, verdict: holds ? 'holds' : fails ? 'fails' : 'undecided', found: { value, low, high, n, seeds } };
}

/** Of rules that must all hold: the first that does not. */
export const decisive = (checks: readonly JudgedClaim[]): JudgedClaim | undefined =>
  checks.find(({ verdict }) => verdict === 'fails');

/** One row a seed, of the arm's end. */
function endsOf({ arms, rows }: Found, { metric, condition, arm }: Quantity): Row[] {
  const name = arm ?? organismOf({ arms })?.name;
  const ends = rows.filter(
    (row) => row.final && row.arm === name && row.metric === metric && row.condition === condition,
  );
  return [...groupBy(ends, ({ seed }) => seed).values()].map((own) => own.at(-1)!);
}

function difference(a: readonly Row[], b: readonly Row[]): JudgedClaim['found'] {
  const other = new Map(b.map((row) => [row.seed, row]));
  const pairs = a.flatMap((row) => (other.has(row.seed) ? [[row, other.get(row.seed)!] as const] : []));
  if (pairs.length === 0) return null;
  const [left, right] = [pairs.map(([row]) => row), pairs.map(([, row]) => row)];
  const n = left.reduce((sum, row) => sum + row.n, 0);
  return { ...pairedDifference(left, right), n, seeds: pairs.length };
}
