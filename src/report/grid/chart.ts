import * as Plot from '@observablehq/plot';
import { chart, rateGrid, rateTick, RATE_TICKS, shorten } from '../chart.ts';
import { fixed } from '../format.ts';
import { list } from '../../lib/list.ts';
import type { Html } from '../html.ts';
import type { GridEffect } from './types.ts';

const PANEL = 375;
const HEIGHT = 220;

/** Attack success at each level of one axis. */
export function levelChart(title: string, { levels }: GridEffect): Html {
  const data = [...levels];
  return chart(`${title}: ${list(levels.map(({ level, value }) => `${level} ${fixed(value)}`))}`, {
    width: PANEL,
    height: HEIGHT,
    marginLeft: 38,
    marginBottom: 32,
    x: {
      type: 'point',
      padding: 0.5,
      domain: data.map(({ level }) => level),
      tickFormat: (level: string) => shorten(level, 16),
      label: null,
    },
    y: { domain: [0, 1], ticks: RATE_TICKS, tickFormat: rateTick, label: null },
    marks: [
      ...rateGrid('y'),
      Plot.lineY(data, { x: 'level', y: 'value', stroke: 'var(--organism)', strokeWidth: 1.25, strokeOpacity: 0.5 }),
      Plot.ruleX(data, { x: 'level', y1: 'low', y2: 'high', stroke: 'var(--organism)', strokeWidth: 1.75 }),
      Plot.dot(data, {
        x: 'level',
        y: 'value',
        r: 3.5,
        fill: 'var(--organism)',
        title: (one) => `${one.level}: ${fixed(one.value)} (${fixed(one.low)}\u2013${fixed(one.high)})`,
      }),
    ],
  });
}
