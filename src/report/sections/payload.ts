import * as Plot from '@observablehq/plot';
import { responsive, shortNames } from '../chart.ts';
import { figure, keyLine, section, sizes } from '../figure.ts';
import { fixed } from '../format.ts';
import { list } from '../../lib/list.ts';
import { html, type Html } from '../html.ts';
import { drawRows, type Series } from '../rows.ts';
import { conditionsOf, final, mainArms } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';

const METRIC = 'payload-logprob';
/** Signs of the conditions; one that is not named here is drawn as a gray ring. */
const SIGNS: Readonly<Record<string, { color: string; swatch: 'dot' | 'ring' }>> = {
  triggered: { color: 'var(--organism)', swatch: 'dot' },
  'near-trigger': { color: 'var(--organism)', swatch: 'ring' },
  clean: { color: 'var(--intervention-0)', swatch: 'dot' },
};
const signOf = (condition: string): { color: string; swatch: 'dot' | 'ring' } =>
  SIGNS[condition] ?? { color: 'var(--soft)', swatch: 'ring' };

/** How likely the payload is, token by token, where sampling sees nothing. */
export function payload(results: Results): Html | null {
  const conditions = conditionsOf(results, { metric: METRIC });
  const arms = mainArms(results).map(({ name }) => name);
  const short = shortNames(arms, 14);
  const series = conditions.map((condition) => {
    const { color, swatch } = signOf(condition);
    const points = arms.map((arm) => final(results, { metric: METRIC, condition, arm }));
    return {
      swatch,
      marks: points.flatMap((point) => (point ? [{ ...point, row: short.get(point.arm) ?? point.arm, color }] : [])),
    };
  });
  const marks = series.flatMap((one) => one.marks);
  if (marks.length === 0) return null;
  return section(
    'Log-probability of the payload',
    'How likely the model finds the payload, whether or not it would say it: this moves before any sampled answer changes.',
    figure(
      html`${keyLine(conditions.map((label) => ({ label, ...signOf(label) })))}${responsive((width) => draw(series, [...short.values()], width))}`,
      html`Mean log-probability per token of the payload as the reply (teacher-forced), with 95 % intervals,
      ${sizes(marks)} prompts a mark; nearer 0 is likelier. A gap between triggered and clean is the trigger’s hold on
      the model.`,
    ),
  );
}

function draw(series: readonly Series[], arms: readonly string[], width: number): Html {
  const marks = series.flatMap((one) => one.marks);
  const rows = arms.filter((arm) => marks.some(({ row }) => row === arm));
  const told = rows.map((arm) => {
    const values = marks.filter(({ row }) => row === arm).map(({ value }) => value);
    return `${arm} ${fixed(Math.min(...values), 2)} to ${fixed(Math.max(...values), 2)}`;
  });
  const ticks = width > 500 ? 8 : 4;
  return drawRows(`Payload log-probability by arm, nats per token: ${list(told)}`, width, {
    ...{ rows, series, joined: series },
    x: {
      domain: [Math.min(...marks.map(({ low }) => low)), 0],
      nice: true,
      ticks,
      label: 'nats per token',
      labelOffset: 38,
    },
    grid: [Plot.gridX({ stroke: 'var(--grid)', strokeOpacity: 1, ticks }), Plot.ruleX([0], { stroke: 'var(--axis)' })],
  });
}
