import { groupBy } from '../lib/group.ts';
import { mainArms, pool, type Point } from '../results/select.ts';
import type { Results, Row } from '../results/types.ts';

/**
 * Each measurement of the rows kept, at its latest step in its arm, over all seeds. Stages report what they found at their
 * own end, which need not be the arm's.
 */
export function latestOf(results: Results, keeps: (row: Row) => boolean): Point[] {
  const arms = new Set(mainArms(results).map(({ name }) => name));
  const kept = results.rows.filter((row) => arms.has(row.arm) && keeps(row));
  const key = ({ arm, eval: of, metric, condition, decoding }: Row): string =>
    JSON.stringify([arm, of, metric, condition, decoding]);
  return [...groupBy(kept, key).values()].flatMap((rows) => {
    const seeds = [...groupBy(rows, ({ seed }) => seed).values()];
    const latest = seeds.map((own) => own.reduce((last, row) => (row.step >= last.step ? row : last)));
    return pool(latest, results.rows) ?? [];
  });
}

/** Kinds of stages that an arm of these results went through: what a finding of a stage has in place of an eval. */
export const stageKinds = ({ arms }: Results): ReadonlySet<string> =>
  new Set(arms.flatMap(({ stages }) => stages.map(({ kind }) => kind)));
