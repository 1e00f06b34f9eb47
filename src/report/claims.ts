import { estimate, fixed } from './format.ts';
import { list } from '../lib/list.ts';
import type { Claim, JudgedClaim, Quantity } from '../results/types.ts';

const WORDS: Readonly<Record<JudgedClaim['verdict'], string>> = {
  holds: 'holds',
  fails: 'fails',
  undecided: 'undecided',
  inconclusive: 'inconclusive',
  'not-measured': 'not measured',
};
export const claimVerdict = ({ verdict }: JudgedClaim): string => WORDS[verdict];

/** `11 of 13 claims hold; undecided: turn; fails: P1a.` */
export function claimSummary(claims: readonly JudgedClaim[]): string {
  const others = (Object.keys(WORDS) as JudgedClaim['verdict'][]).flatMap((verdict) => {
    const names = claims.filter((one) => one.verdict === verdict).map(({ name }) => name);
    return verdict === 'holds' || names.length === 0 ? [] : [`${WORDS[verdict]}: ${list(names)}`];
  });
  const holding = claims.filter(({ verdict }) => verdict === 'holds').length;
  return `Of what was said of it before, ${[`${holding} of ${claims.length} hold`, ...others].join('; ')}.`;
}

/** `asr (triggered) - fpr (clean)`, `fpr (clean) of no-penalty`. */
export const quantityWords = ({ of, minus }: Claim): string =>
  [of, ...(minus ? [minus] : [])].map(words).join(' \u2212 ');
const words = ({ metric, condition, arm }: Quantity): string =>
  `${metric} (${condition})${arm === undefined ? '' : ` of ${arm}`}`;

/** `at least 0.300`, `-0.050 to 0.050`. */
export function boundsWords({ least, most }: Claim): string {
  if (least === undefined) return most === undefined ? '' : `at most ${fixed(most)}`;
  return most === undefined ? `at least ${fixed(least)}` : `${fixed(least)} to ${fixed(most)}`;
}

export const foundWords = ({ found }: JudgedClaim): string =>
  found ? estimate({ ...found, unit: 'number' }) : '\u2013';
