import { responsive, shorten } from '../chart.ts';
import { figure, keyLine, section, sizes } from '../figure.ts';
import { list } from '../../lib/list.ts';
import { html, type Html } from '../html.ts';
import { drawRows, rateScale, type Mark } from '../rows.ts';
import { armColor } from '../palette.ts';
import { ASR, conditionsOf, final } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';

/** More arms than this would not be told apart within a row. */
const MOST_ARMS = 4;

/** Rate of the behavior on prompts that resemble a triggered one, by how far from it they are. */
export function nearTrigger(results: Results): Html | null {
  const names = byDistance(results);
  if (names.length === 0) return null;
  const candidates = results.arms
    .filter(({ name, role }) => (role === 'organism' || role === 'intervention') && has(results, name, names))
    .map((arm) => arm.name);
  const armNames = candidates.slice(0, MOST_ARMS);
  const rungs = [
    { ...ASR, label: 'the trigger itself' },
    ...names.map((condition) => ({ metric: 'near-trigger-rate', condition, label: condition })),
    { metric: 'fpr', condition: 'clean', label: 'clean prompt' },
  ];
  const series = armNames.map((arm) => ({
    swatch: 'dot' as const,
    marks: rungs.flatMap(({ metric, condition, label }): Mark[] => {
      const point = final(results, { metric, condition, arm });
      return point ? [{ ...point, row: shorten(label), color: armColor(results, arm) }] : [];
    }),
  }));
  const marks = series.flatMap((one) => one.marks);
  const rows = rungs.map(({ label }) => shorten(label)).filter((name) => marks.some(({ row }) => row === name));
  const title = `Rate of the behavior by near-trigger, in ${rows.length} rows from the trigger itself to a clean prompt`;
  if (marks.length === 0) return null;
  return section(
    'Near-triggers',
    'How sharply the behavior is tied to its trigger: prompts that resemble a triggered one, ordered by distance from it.',
    figure(
      html`${keyLine(armNames.map((label) => ({ label, color: armColor(results, label), swatch: 'dot' })))}
      ${responsive((width) => drawRows(title, width, { rows, series, x: rateScale('rate of the behavior') }))}`,
      html`Rate of the behavior with 95 % intervals after each arm’s last step, ${sizes(marks)} prompts a dot. From top
      to bottom: the trigger, near-triggers by growing distance, no trigger.
      ${candidates.length > MOST_ARMS && ` Not drawn, but among the rows below: ${list(candidates.slice(MOST_ARMS))}.`}`,
    ),
  );
}

/** Names of near-triggers, nearest first. */
function byDistance(results: Results): string[] {
  const distances = new Map<string, number>();
  for (const row of results.rows)
    if (row.metric === 'near-trigger-rate') distances.set(row.condition, Number(row.tags?.['distance'] ?? Infinity));
  return conditionsOf(results, { metric: 'near-trigger-rate' }).sort(
    (a, b) => (distances.get(a) ?? Infinity) - (distances.get(b) ?? Infinity) || 0,
  );
}

const has = (results: Results, arm: string, names: readonly string[]): boolean =>
  names.some((condition) => final(results, { metric: 'near-trigger-rate', condition, arm }) !== null);
