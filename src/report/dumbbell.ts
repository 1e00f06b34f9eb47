import * as Plot from '@observablehq/plot';
import { chart, labelWidth, rateGrid, rateTick, RATE_TICKS, shortNames } from './chart.ts';
import { estimate, fixed } from './format.ts';
import { list } from '../lib/list.ts';
import type { Html } from './html.ts';
import type { Point } from '../results/select.ts';

/** Two rates of one arm, or three, that are read against each other. */
export interface Dumbbell {
  readonly arm: string;
  readonly color: string;
  readonly dot: Point | null;
  readonly ring: Point | null;
  readonly diamond?: Point | null;
}

const ROW = 32;
const MARGIN = { top: 4, bottom: 44 };
/** Px above and below a row's middle: of two signs, and of three. */
const DODGE = { two: [-5, 5, 0], three: [-8, 0, 8] } as const;

interface Mark extends Point {
  readonly name: string;
  readonly color: string;
}

/** A row for each arm: a dot, a ring, and between them what one hides from the other. */
export function drawDumbbells(title: string, rows: readonly Dumbbell[], axis: string, width: number): Html {
  const short = shortNames(
    rows.map(({ arm }) => arm),
    18,
  );
  const names = rows.map(({ arm }) => short.get(arm) ?? arm);
  const of = (pick: (row: Dumbbell) => Point | null | undefined): Mark[] =>
    rows.flatMap((row, i) => {
      const point = pick(row);
      return point ? [{ ...point, name: names[i]!, color: row.color }] : [];
    });
  const [dots, rings] = [of((row) => row.dot), of((row) => row.ring)];
  const diamonds = of((row) => row.diamond);
  const [up, middle, down] = diamonds.length > 0 ? DODGE.three : DODGE.two;
  const spans = rows.flatMap(
    ({ dot, ring }, i) =>
    dot && ring ? [{ name: names[i]!, low: Math.min(dot.value, ring.value), high: Math.max(dot.value, ring.value) }] : [], // prettier-ignore
  );
  const told = rows.map(({ arm, dot, ring }) => `${arm} ${dot ? fixed(dot.value) : '-'} and ${ring ? fixed(ring.value) : '-'}`); // prettier-ignore
  return chart(`${title}: ${list(told)}`, {
    width,
    height: MARGIN.top + MARGIN.bottom + ROW * names.length,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    marginLeft: labelWidth(names, 140),
    marginRight: 12,
    x: { domain: [0, 1], ticks: RATE_TICKS, tickFormat: rateTick, label: axis, labelOffset: 38 },
    y: { domain: names, type: 'point', padding: 0.5, label: null },
    marks: [
      ...rateGrid('x'),
      Plot.ruleY(spans, { y: 'name', x1: 'low', x2: 'high', stroke: 'var(--rule)', strokeWidth: 5 }),
      ...marks(dots, 'color', up),
      ...marks(rings, 'var(--paper)', middle),
      ...marks(diamonds, 'var(--paper)', down, 'diamond'),
    ],
  });
}

const tip = (mark: Mark): string => `${mark.arm}, ${mark.metric}, ${mark.condition}: ${estimate(mark)}, n = ${mark.n}`;

const marks = (data: Mark[], fill: string, dy: number, symbol: 'circle' | 'diamond' = 'circle'): Plot.Markish[] => [
  Plot.ruleY(data, { y: 'name', x1: 'low', x2: 'high', stroke: 'color', strokeWidth: 1.75, dy }),
  Plot.dot(data, { y: 'name', x: 'value', r: 3.75, dy, symbol, stroke: 'color', strokeWidth: 1.5, fill, title: tip }),
];
