import { shortNames } from './chart.ts';
import { fixed } from './format.ts';
import { list } from '../lib/list.ts';
import type { Html } from './html.ts';
import { drawRows, rateScale, type Series } from './rows.ts';
import type { Point } from '../results/select.ts';

/** Two rates of one arm, or three, that are read against each other. */
export interface Dumbbell {
  readonly arm: string;
  readonly color: string;
  readonly dot: Point | null;
  readonly ring: Point | null;
  readonly diamond?: Point | null;
}

/** A row for each arm: a dot, a ring, and between them what one hides from the other. */
export function drawDumbbells(title: string, dumbbells: readonly Dumbbell[], axis: string, width: number): Html {
  const short = shortNames(
    dumbbells.map(({ arm }) => arm),
    18,
  );
  const of = (swatch: 'dot' | 'ring' | 'diamond'): Series => ({
    swatch,
    marks: dumbbells.flatMap(({ arm, color, [swatch]: point }) =>
      point ? [{ ...point, row: short.get(arm) ?? arm, color }] : [],
    ),
  });
  const [dots, rings, diamonds] = [of('dot'), of('ring'), of('diamond')];
  const value = (point: Point | null): string => (point ? fixed(point.value) : '-');
  const told = dumbbells.map(({ arm, dot, ring }) => `${arm} ${value(dot)} and ${value(ring)}`);
  return drawRows(`${title}: ${list(told)}`, width, {
    rows: [...short.values()],
    series: [dots, rings, diamonds],
    joined: [dots, rings],
    names: 140,
    x: rateScale(axis),
  });
}
