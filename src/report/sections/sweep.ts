import * as Plot from '@observablehq/plot';
import { chart, rateGrid, rateTick, RATE_TICKS, responsive } from '../chart.ts';
import { figure, keyLine, section, sizes, type KeyItem } from '../figure.ts';
import { list } from '../../lib/list.ts';
import { html, type Html } from '../html.ts';
import { tip } from '../rows.ts';
import { armColor } from '../palette.ts';
import { conditionsOf, final, type Point } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';

const METRIC = 'sweep-rate';
const HEIGHT = 300;
/** More arms than this would not be told apart in one chart. */
const MOST_ARMS = 4;

interface Series {
  readonly arm: string;
  readonly color: string;
  readonly points: readonly Point[];
}

/** Rate of the behavior along the trigger's dial (a year, say): where it switches, and whether it generalises. */
export function sweep(results: Results): Html | null {
  const values = conditionsOf(results, { metric: METRIC });
  if (values.length === 0) return null;
  const candidates = results.arms
    .filter((arm) => arm.role === 'organism' || arm.role === 'intervention')
    .map((arm) => ({
      arm: arm.name,
      color: armColor(results, arm.name),
      points: values
        .map((condition) => final(results, { metric: METRIC, condition, arm: arm.name }))
        .filter((p) => p !== null),
    }))
    .filter(({ points }) => points.length > 0);
  const series = candidates.slice(0, MOST_ARMS);
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return null;
  const trained = values.filter((value) => tagged(points, value, 'trained'));
  return section(
    'Along the trigger\u2019s dial',
    'The same requests at every value of the trigger, those that training saw and those it never did.',
    figure(
      html`${keyLine(keyItems(series))}${responsive((width) => draw(series, values, width))}`,
      html`Rate of the behavior at each value, ${sizes(points)} prompts a dot; bars: 95 % intervals. Shaded: values at
      which the trigger is present.
      ${trained.length > 0 && `Filled: values seen in training (${list(trained)}); rings: never seen. `}
      ${candidates.length > MOST_ARMS && `Not drawn, but among the rows below: ${list(candidates.slice(MOST_ARMS).map(({ arm }) => arm))}.`}`,
    ),
  );
}

const keyItems = (series: readonly Series[]): KeyItem[] => [
  ...series.map(({ arm, color }): KeyItem => ({ label: arm, color, swatch: 'line' })),
  { label: 'seen in training', color: 'var(--soft)', swatch: 'dot' },
  { label: 'never seen', color: 'var(--soft)', swatch: 'ring' },
];

const tagged = (points: readonly Point[], value: string, tag: string): boolean =>
  points.some((point) => point.condition === value && Number(point.tags?.[tag] ?? 0) === 1);

function draw(series: readonly Series[], values: readonly string[], width: number): Html {
  const all = series.flatMap((one) => one.points);
  const every = Math.ceil(values.length / (width / 46));
  const present = values.filter((value) => tagged(all, value, 'present'));
  const marginLeft = 38;
  const marginRight = 12;
  const step = (width - marginLeft - marginRight) / values.length;
  return chart(
    `Rate of the behavior at ${values.length} values of the trigger, from ${values[0]} to ${values.at(-1)}`,
    {
      width,
      height: HEIGHT,
      marginLeft,
      marginRight,
      marginBottom: 32,
      x: {
        type: 'point',
        padding: 0.5,
        domain: [...values],
        ticks: values.filter((_, i) => i % every === 0),
        label: null,
      },
      y: { domain: [0, 1], ticks: RATE_TICKS, tickFormat: rateTick, label: null },
      marks: [
        Plot.ruleX(present, {
          x: (value: string) => value,
          y1: 0,
          y2: 1,
          stroke: 'var(--wash)',
          strokeWidth: step + 0.5,
        }),
        ...rateGrid('y'),
        ...series.flatMap(({ color, points }) => seriesMarks(color, points)),
      ],
    },
  );
}

function seriesMarks(color: string, points: readonly Point[]): Plot.Markish[] {
  const data = [...points];
  const isTrained = (point: Point): boolean => Number(point.tags?.['trained'] ?? 0) === 1;
  return [
    Plot.lineY(data, { x: 'condition', y: 'value', stroke: color, strokeWidth: 1.25, strokeOpacity: 0.6 }),
    Plot.ruleX(data, { x: 'condition', y1: 'low', y2: 'high', stroke: color, strokeWidth: 1.5 }),
    Plot.dot(data, {
      x: 'condition',
      y: 'value',
      r: 3.5,
      stroke: color,
      strokeWidth: 1.5,
      fill: (point: Point) => (isTrained(point) ? color : 'var(--paper)'),
      title: tip,
    }),
  ];
}
