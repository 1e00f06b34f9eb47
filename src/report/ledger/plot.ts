import * as Plot from '@observablehq/plot';
import { groupBy } from '../../lib/group.ts';
import { chart, responsive, shorten } from '../chart.ts';
import { keyLine, type KeyItem } from '../figure.ts';
import { compact, fixed } from '../format.ts';
import { html, type Html } from '../html.ts';
import { drawRows, type Rows, type Series } from '../rows.ts';
import type { ClaimPlot, CurvePlot, DotPlot, PlotPoint } from './types.ts';

const COLORS = ['organism', 'intervention-0', 'intervention-1', 'intervention-2', 'intervention-3', 'intervention-4'];
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '1 4', '5 5'];
const colorOf = (i: number): string => `var(--${COLORS[i % COLORS.length]})`;

const HEIGHT = 250;
const ROW = 26;
const MARGINS = { marginTop: 10, marginBottom: 46, marginLeft: 44, marginRight: 16 };

/** A claim's numbers as its page shows them, wide and narrow. */
export function claimPlot(plot: ClaimPlot, label: string): Html | null {
  if (plot.kind === 'dots') return plot.dots.length > 0 ? dots(plot, label) : null;
  const lines = plot.lines.filter(({ points }) => points.length > 0);
  return lines.length > 0 ? curves({ ...plot, lines }, label) : null;
}

function curves(plot: CurvePlot, label: string): Html {
  const key = plot.lines.map(({ name }, i): KeyItem => ({ label: name, color: colorOf(i), swatch: i === 0 ? 'line' : 'dashed' })); // prettier-ignore
  return html`<p class="axis">${plot.y}</p>
    ${plot.lines.length > 1 && keyLine(key)} ${responsive((width) => drawCurves(plot, label, Math.min(width, 620)))}`;
}

function drawCurves(
  { x, y, xScale = 'linear', xFalls, lines, thresholds = [] }: CurvePlot,
  label: string,
  width: number,
): Html {
  // prettier-ignore
  const points = lines.flatMap((line) => line.points);
  const [low, high] = extent(points.map((point) => point.x));
  const pad = (high - low) * 0.02 || 0.5;
  const [from, to] = xScale === 'log' ? [low / 1.06, high * 1.06] : [low - pad, high + pad];
  const domain = xFalls ? [to, from] : [from, to];
  const years = low > 1900 && high < 2100;
  return chart(`${label}: ${y} against ${x}`, {
    width,
    height: HEIGHT,
    ...MARGINS,
    x: {
      type: xScale === 'log' ? 'log' : 'linear',
      domain,
      label: x,
      labelOffset: 40,
      ...ticksOf(points, xScale, width),
      tickFormat: years
        ? String
        : xFalls || high < 1
          ? (value: number) => String(Number(value.toPrecision(3)))
          : compact,
    },
    y: { domain: rateDomain(points), label: null, ticks: 5 },
    marks: [
      Plot.gridY({ stroke: 'var(--grid)', ticks: 5, strokeOpacity: 1 }),
      ...thresholdMarks(thresholds, 'y'),
      ...lines.flatMap((line, i) => lineMarks(line, i)),
    ],
  });
}

/** On a log axis the x that were measured, where they have room; on a linear one whatever Plot finds. */
function ticksOf(points: readonly PlotPoint[], xScale: 'linear' | 'log', width: number): Plot.ScaleOptions {
  const xs = [...new Set(points.map((point) => point.x))].sort((a, b) => a - b);
  return xScale === 'log' && xs.length * 50 < width ? { ticks: xs } : { ticks: width > 500 ? 8 : 4 };
}

function lineMarks({ name, points }: CurvePlot['lines'][number], i: number): Plot.Markish[] {
  const data = [...points];
  const color = colorOf(i);
  const dash = DASHES[i % DASHES.length];
  const title = (p: PlotPoint): string => `${name}, ${Number(p.x.toPrecision(4))}: ${fixed(p.y)} (${fixed(p.low)} to ${fixed(p.high)})`; // prettier-ignore
  return [
    Plot.ruleX(data, { x: 'x', y1: 'low', y2: 'high', stroke: color, strokeOpacity: 0.5, strokeWidth: 1.5 }),
    Plot.lineY(data, { x: 'x', y: 'y', stroke: color, strokeWidth: 1.75, ...(dash ? { strokeDasharray: dash } : {}) }),
    Plot.dot(data, { x: 'x', y: 'y', r: 3, fill: color, stroke: 'var(--paper)', strokeWidth: 1, title }),
  ];
}

function dots(plot: DotPlot, label: string): Html {
  const series = [...groupBy(plot.dots, ({ group = '' }) => group)].map(([group, of], i): KeyItem & Series => ({
    ...{ label: group, color: colorOf(i), swatch: i === 0 ? 'dot' : 'ring' },
    marks: of.map((dot) => ({
      ...{ ...dot, row: shorten(dot.row), color: colorOf(i) },
      says: `${dot.row}${group ? `, ${group}` : ''}: ${fixed(dot.value)} (${fixed(dot.low)} to ${fixed(dot.high)})`,
    })),
  }));
  const { thresholds = [] } = plot;
  const [low, high] = extent([...plot.dots.flatMap((dot) => [dot.low, dot.high]), ...thresholds]);
  const pad = (high - low) * 0.06 || 0.05;
  const rows: Rows = {
    rows: [...new Set(plot.dots.map(({ row }) => shorten(row)))],
    series,
    rowHeight: ROW,
    x: { domain: [...(plot.domain ?? [low - pad, high + pad])], label: plot.x, labelOffset: 38, ticks: 5 },
    grid: [Plot.gridX({ stroke: 'var(--grid)', ticks: 5, strokeOpacity: 1 }), ...thresholdMarks(thresholds, 'x')],
  };
  const draw = (width: number): Html => drawRows(`${label}: ${plot.x}`, Math.min(width, 620), rows);
  return html`${series.length > 1 && keyLine(series)} ${responsive(draw)}`;
}

/** What the rule names, as dotted lines. */
const thresholdMarks = (thresholds: readonly number[], axis: 'x' | 'y'): Plot.Markish[] => {
  const rule = axis === 'x' ? Plot.ruleX : Plot.ruleY;
  return [rule([...thresholds], { stroke: 'var(--axis)', strokeDasharray: '2 3', strokeWidth: 1.25 })];
};

function extent(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** Rates have the whole of 0 to 1; a retention may pass it. */
const rateDomain = (points: readonly PlotPoint[]): [number, number] => [
  Math.min(0, ...points.map(({ low }) => low)),
  Math.max(1, ...points.map(({ high }) => high)),
];
