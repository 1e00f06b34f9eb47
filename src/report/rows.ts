import * as Plot from '@observablehq/plot';
import { chart, labelWidth, rateGrid, rateTick, RATE_TICKS } from './chart.ts';
import type { Swatch } from './figure.ts';
import { estimate } from './format.ts';
import type { Html } from './html.ts';
import type { Point } from '../results/select.ts';
import type { Interval } from '../results/stats.ts';

/** A point in its row. */
export interface Mark extends Point {
  readonly row: string;
  readonly color: string;
}

/** A value in its row that is no measurement of an arm: it says itself what hovering it says. */
export interface ToldMark extends Interval {
  readonly row: string;
  readonly color: string;
  readonly value: number;
  readonly says: string;
}

/** Marks of one kind, at most one a row; a row's series are drawn one below the other. */
export interface Series {
  readonly swatch: Swatch;
  readonly marks: readonly (Mark | ToldMark)[];
}

export interface Rows {
  /** From top to bottom. */
  readonly rows: readonly string[];
  readonly series: readonly Series[];
  /** Those whose lowest and highest value of a row are joined by a gray bar. */
  readonly joined?: readonly Series[];
  /** In px; room for all series by default. */
  readonly rowHeight?: number;
  /** Room for the names of the rows at most, in px. */
  readonly names?: number;
  readonly x: Plot.ScaleOptions;
  readonly grid?: readonly Plot.Markish[];
}

/** A rate from 0 to 1 along the bottom. */
export const rateScale = (label: string | null): Plot.ScaleOptions => ({
  ...{ domain: [0, 1], ticks: RATE_TICKS, tickFormat: rateTick, label, labelOffset: 38 },
});

const MARGINS = { marginTop: 6, marginBottom: 44 };
/** Px between the series of a row. */
const DODGE = 9;

/** A chart of values with their 95 % intervals, a row for each name. */
export function drawRows(label: string, width: number, { rows, series, joined = [], x, ...rest }: Rows): Html {
  const shown = series.filter(({ marks }) => marks.length > 0);
  const { rowHeight = 16 + DODGE * shown.length, names, grid = rateGrid('x') } = rest;
  const spans = rows.flatMap((row) => {
    const values = joined.flatMap(({ marks }) => marks.filter((mark) => mark.row === row).map(({ value }) => value));
    return values.length > 0 ? [{ row, low: Math.min(...values), high: Math.max(...values) }] : [];
  });
  return chart(label, {
    width,
    height: MARGINS.marginTop + MARGINS.marginBottom + rowHeight * rows.length,
    ...MARGINS,
    marginLeft: labelWidth(rows, names),
    marginRight: 12,
    x,
    y: { domain: [...rows], type: 'point', padding: 0.5, label: null },
    marks: [
      ...grid,
      Plot.ruleY(spans, {
        y: 'row',
        x1: 'low',
        x2: 'high',
        stroke: 'var(--rule)',
        strokeWidth: 5,
      }),
      ...shown.flatMap((one, i) => signs(one, (i - (shown.length - 1) / 2) * DODGE)),
    ],
  });
}

function signs({ swatch, marks }: Series, dy: number): Plot.Markish[] {
  const data = [...marks];
  return [
    Plot.ruleY(data, { y: 'row', x1: 'low', x2: 'high', stroke: 'color', strokeWidth: 1.75, dy }),
    Plot.dot(data, {
      ...{ y: 'row', x: 'value', r: 3.75, dy, stroke: 'color', strokeWidth: 1.5 },
      symbol: swatch === 'diamond' ? 'diamond' : 'circle',
      fill: swatch === 'dot' ? 'color' : 'var(--paper)',
      title: (mark: Mark | ToldMark) => ('says' in mark ? mark.says : tip(mark)),
    }),
  ];
}

/** What hovering a point says. */
export const tip = (point: Point): string =>
  `${point.arm}, ${point.metric}, ${point.condition}: ${estimate(point)}${point.unit === 'nats' ? ' nats' : ''}, n = ${point.n}`;
