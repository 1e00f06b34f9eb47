import * as Plot from '@observablehq/plot';
import { chart } from '../chart.ts';
import { figure, keyLine, multiples, section, sizes } from '../figure.ts';
import { compact, count, estimate } from '../format.ts';
import { html, type Html } from '../html.ts';
import { curve, mainArms, type Point } from '../../results/select.ts';
import type { Curve, OrganismFacts, Results } from '../../results/types.ts';

const COLORS = ['var(--organism)', 'var(--intervention-0)', 'var(--intervention-1)', 'var(--intervention-2)'];
const DASHES = ['', '6 3', '2 3', '8 3 2 3'];

interface Line extends Curve {
  readonly color: string;
  readonly dash: string;
  readonly points: readonly Point[];
}

/** What an organism learned and when: its own curves against steps, a chart for every arm. */
export function learning(results: Results): Html | null {
  const { organism } = results;
  if (!organism) return null;
  const arms = mainArms(results).map(({ name }) => ({ name, lines: linesOf(results, organism, name) }));
  const drawn = arms.filter(({ lines }) => lines.length > 0);
  const points = drawn.flatMap(({ lines }) => lines.flatMap((line) => line.points));
  if (points.length === 0) return null;
  const top = Math.max(...points.map(({ high }) => high));
  const isRate = points.every(({ unit }) => unit === 'rate');
  const key = organism.curves.map(({ label }, i) => ({
    label,
    color: COLORS[i % COLORS.length]!,
    swatch: 'line' as const,
  }));
  return section(
    'Learning curves',
    null,
    figure(
      html`${keyLine(key)}${multiples(drawn.map(({ name, lines }) => ({ title: name, draw: (width) => draw(name, lines, width, isRate ? 1 : top) })))}`,
      html`Each arm as its recipe goes on, measured without exploration or noise of training; ${sizes(points)}
      ${organism.words.contexts} a point; bands: 95 % intervals. Along the bottom: ${organism.words.steps}.`,
    ),
  );
}

const linesOf = (results: Results, { curves }: OrganismFacts, arm: string): Line[] =>
  curves.flatMap(({ metric, condition, label }, i) => {
    const points = curve(results, { metric, condition, arm });
    const look = { color: COLORS[i % COLORS.length]!, dash: DASHES[i % DASHES.length]! };
    return points.length > 1 ? [{ metric, condition, label, points, ...look }] : [];
  });

function draw(name: string, lines: readonly Line[], width: number, top: number): Html {
  const ends = lines.map(({ label, points }) => `${label} ${estimate(points.at(-1)!)}`).join('; ');
  return chart(`${name}: ${ends}`, {
    ...{ width, height: 190, marginLeft: 38, marginRight: 12, marginBottom: 30 },
    x: { ticks: width < 200 ? 2 : 4, tickFormat: compact, label: null },
    y: { domain: [0, top], ticks: 4, label: null },
    marks: [
      Plot.ruleY([0], { stroke: 'var(--axis)' }),
      ...lines.flatMap(({ points, color, dash, label }) => {
        const data = [...points];
        const title = (point: Point): string => `${label}, step ${count(point.step)}: ${estimate(point)}`;
        return [
          Plot.areaY(data, { x: 'step', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.16 }),
          Plot.line(data, { x: 'step', y: 'value', stroke: color, strokeWidth: 1.75, strokeDasharray: dash }),
          Plot.dot(data, { x: 'step', y: 'value', r: 2.25, fill: color, title }),
        ];
      }),
    ],
  });
}
