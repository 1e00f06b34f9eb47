import * as Plot from '@observablehq/plot';
import { chart, labelWidth, responsive, shortNames } from '../chart.ts';
import { figure, keyLine, section, sizes } from '../figure.ts';
import { estimate, fixed } from '../format.ts';
import { list } from '../../lib/list.ts';
import { html, type Html } from '../html.ts';
import { conditionsOf, final, mainArms, type Point } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';

const METRIC = 'payload-logprob';
const ROW = 34;
const MARGIN = { top: 6, bottom: 46 };

/** Signs of the conditions; one that is not named here is drawn as a gray ring. */
const SIGNS: Readonly<Record<string, { color: string; swatch: 'dot' | 'ring' }>> = {
  triggered: { color: 'var(--organism)', swatch: 'dot' },
  'near-trigger': { color: 'var(--organism)', swatch: 'ring' },
  clean: { color: 'var(--intervention-0)', swatch: 'dot' },
};
const signOf = (condition: string): { color: string; swatch: 'dot' | 'ring' } =>
  SIGNS[condition] ?? { color: 'var(--soft)', swatch: 'ring' };

interface Mark extends Point {
  readonly name: string;
}

/** How likely the payload is, token by token, where sampling sees nothing. */
export function payload(results: Results): Html | null {
  const conditions = conditionsOf(results, { metric: METRIC });
  const arms = mainArms(results).map(({ name }) => name);
  const short = shortNames(arms, 14);
  const marks = arms.flatMap((arm) =>
    conditions.flatMap((condition): Mark[] => {
      const point = final(results, { metric: METRIC, condition, arm });
      return point ? [{ ...point, name: short.get(arm) ?? arm }] : [];
    }),
  );
  if (marks.length === 0) return null;
  return section(
    'Log-probability of the payload',
    'How likely the model finds the payload, whether or not it would say it: this moves before any sampled answer changes.',
    figure(
      html`${keyLine(conditions.map((label) => ({ label, ...signOf(label) })))}${responsive((width) => draw(marks, width))}`,
      html`Mean log-probability per token of the payload as the reply (teacher-forced), with 95 % intervals,
      ${sizes(marks)} prompts a mark; nearer 0 is likelier. A gap between triggered and clean is the trigger’s hold on
      the model.`,
    ),
  );
}

function draw(marks: readonly Mark[], width: number): Html {
  const names = [...new Set(marks.map((mark) => mark.name))];
  const tip = (mark: Mark): string => `${mark.arm}, ${mark.condition}: ${estimate(mark)} nats per token, n = ${mark.n}`;
  const spans = names.map((name) => {
    const values = marks.filter((mark) => mark.name === name).map((mark) => mark.value);
    return { name, low: Math.min(...values), high: Math.max(...values) };
  });
  const label = spans.map(({ name, low, high }) => `${name} ${fixed(low, 2)} to ${fixed(high, 2)}`);
  return chart(`Payload log-probability by arm, nats per token: ${list(label)}`, {
    width,
    height: MARGIN.top + MARGIN.bottom + ROW * names.length,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    marginLeft: labelWidth(names),
    marginRight: 14,
    x: { domain: [Math.min(...marks.map((mark) => mark.low)), 0], nice: true, ticks: width > 500 ? 8 : 4, label: 'nats per token', labelOffset: 40, grid: false }, // prettier-ignore
    y: { domain: names, type: 'point', padding: 0.5, label: null },
    marks: [
      Plot.gridX({ stroke: 'var(--grid)', strokeOpacity: 1, ticks: width > 500 ? 8 : 4 }),
      Plot.ruleX([0], { stroke: 'var(--axis)' }),
      Plot.ruleY(spans, {
        y: 'name',
        x1: 'low',
        x2: 'high',
        stroke: 'var(--rule)',
        strokeWidth: 5,
        strokeLinecap: 'round',
      }),
      Plot.ruleY([...marks], {
        y: 'name',
        x1: 'low',
        x2: 'high',
        stroke: (m: Mark) => signOf(m.condition).color,
        strokeWidth: 1.75,
      }),
      Plot.dot([...marks], {
        y: 'name',
        x: 'value',
        r: 4.25,
        stroke: (m: Mark) => signOf(m.condition).color,
        strokeWidth: 1.5,
        fill: (m: Mark) => (signOf(m.condition).swatch === 'dot' ? signOf(m.condition).color : 'var(--paper)'),
        title: tip,
      }),
    ],
  });
}
