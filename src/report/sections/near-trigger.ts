import * as Plot from '@observablehq/plot';
import { chart, labelWidth, rateGrid, rateTick, RATE_TICKS, responsive, shorten } from '../chart.ts';
import { figure, keyLine, section, sizes } from '../figure.ts';
import { estimate } from '../format.ts';
import { list } from '../../lib/list.ts';
import { html, type Html } from '../html.ts';
import { armColor } from '../palette.ts';
import { ASR, conditionsOf, final, type Point } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';

/** Height of a row, in px: a little air, and a line for each arm. */
const rowHeight = (arms: number): number => 16 + DODGE * arms;
const DODGE = 9;
const MARGIN = { top: 6, bottom: 44 };
/** More arms than this would not be told apart within a row. */
const MOST_ARMS = 4;

interface Mark extends Point {
  readonly rung: string;
  readonly offset: number;
  readonly color: string;
}

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
  const marks = rungs.flatMap(({ metric, condition, label }) =>
    armNames.flatMap((arm, i): Mark[] => {
      const point = final(results, { metric, condition, arm });
      const offset = (i - (armNames.length - 1) / 2) * DODGE;
      return point ? [{ ...point, rung: shorten(label), offset, color: armColor(results, arm) }] : [];
    }),
  );
  if (marks.length === 0) return null;
  return section(
    'Near-triggers',
    'How sharply the behavior is tied to its trigger: prompts that resemble a triggered one, ordered by distance from it.',
    figure(
      html`${keyLine(armNames.map((label) => ({ label, color: armColor(results, label), swatch: 'dot' })))}
      ${responsive((width) => draw(marks, [...new Set(marks.map((mark) => mark.rung))], width))}`,
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

function draw(marks: readonly Mark[], rungs: readonly string[], width: number): Html {
  const offsets = [...new Set(marks.map((mark) => mark.offset))];
  const tip = (mark: Mark): string => `${mark.arm}, ${mark.condition}: ${estimate(mark)}, n = ${mark.n}`;
  return chart(
    `Rate of the behavior by near-trigger, in ${rungs.length} rows from the trigger itself to a clean prompt`,
    {
      width,
      height: MARGIN.top + MARGIN.bottom + rowHeight(offsets.length) * rungs.length,
      marginTop: MARGIN.top,
      marginBottom: MARGIN.bottom,
      marginLeft: labelWidth(rungs),
      marginRight: 12,
      x: { domain: [0, 1], ticks: RATE_TICKS, tickFormat: rateTick, label: 'rate of the behavior', labelOffset: 38 },
      y: { domain: [...rungs], label: null, type: 'point', padding: 0.5 },
      marks: [
        ...rateGrid('x'),
        ...offsets.flatMap((dy) => {
          const data = marks.filter((mark) => mark.offset === dy);
          return [
            Plot.ruleY(data, { y: 'rung', x1: 'low', x2: 'high', stroke: 'color', strokeWidth: 1.75, dy }),
            Plot.dot(data, { y: 'rung', x: 'value', fill: 'color', r: 4, dy, stroke: 'var(--paper)', strokeWidth: 1, title: tip }), // prettier-ignore
          ];
        }),
      ],
    },
  );
}
