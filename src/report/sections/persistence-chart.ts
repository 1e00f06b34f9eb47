import * as Plot from '@observablehq/plot';
import { chart, rateGrid, rateTick, RATE_TICKS, shortNames } from '../chart.ts';
import { compact, count, estimate, fixed } from '../format.ts';
import { list } from '../../lib/list.ts';
import { halfLife } from '../../results/stats.ts';
import type { Html } from '../html.ts';
import { nameWidth, placeNames, type Pixel } from '../labels.ts';
import { armDash } from '../palette.ts';
import type { Point } from '../../results/select.ts';
import type { ArmSummary } from '../../results/types.ts';

const MARGIN = { top: 12, bottom: 46, left: 38 };

/** One evaluation of an arm: attack success, and the clean loss of the same weights where it was measured. */
export interface LossPoint extends Point {
  readonly loss: number | null;
}

export interface Line {
  readonly arm: ArmSummary;
  readonly color: string;
  readonly samples: readonly LossPoint[];
}

/** What a curve is drawn against. */
export interface Axis {
  readonly of: 'tokens' | 'loss';
  readonly domain: readonly [number, number];
  readonly label: string;
  readonly tickFormat?: (value: number) => string;
}

export const tokensAxis = (lines: readonly Line[]): Axis => ({
  of: 'tokens',
  domain: [0, Math.max(1, ...lines.flatMap(({ samples }) => samples.map((s) => s.tokens)))],
  label: 'loss-bearing tokens',
  tickFormat: compact,
});

/** Clean loss falls to the right: the way that training goes. */
export function lossAxis(lines: readonly Line[]): Axis {
  const losses = lines.flatMap(({ samples }) => samples.flatMap(({ loss }) => loss ?? []));
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const pad = (high - low) * 0.04 || 0.01;
  return { of: 'loss', domain: [high + pad, low - pad], label: 'clean loss, nats per token (falls to the right)' };
}

export const measuredOn = ({ samples }: Line, of: Axis['of']): LossPoint[] => samples.filter((s) => s[of] !== null);

/** Where attack success first falls to half of where it started. */
export const lifeIn = ({ samples }: Line, x: 'tokens' | 'step'): number | null =>
  halfLife(samples.map((s) => ({ x: s[x], y: s.value })));

/** All arms in one chart, each named beside the end of its line. */
export function drawTogether(lines: readonly Line[], width: number, axis: Axis): Html {
  const short = shortNames(
    lines.map(({ arm }) => arm.name),
    14,
  );
  const names = lines.map(({ arm }) => short.get(arm.name) ?? arm.name);
  const height = 290;
  const marginRight = nameWidth(names);
  const [from, to] = axis.domain;
  const pixel = (s: LossPoint): Pixel => ({
    x: MARGIN.left + (((s[axis.of] ?? 0) - from) / (to - from)) * (width - MARGIN.left - marginRight),
    y: MARGIN.top + (1 - s.value) * (height - MARGIN.top - MARGIN.bottom),
  });
  const placements = placeNames(
    names,
    lines.map((line) => measuredOn(line, axis.of).map(pixel)),
    { width, height: height - MARGIN.bottom },
  );
  return draw(lines, axis, { width, height, marginRight, ticks: width > 500 ? 8 : 4 }, [
    ...lines.map((line, i) => {
      const { textAnchor = 'start', ...shift } = placements[i] ?? {};
      return Plot.text(measuredOn(line, axis.of).slice(-1), { x: axis.of, y: 'value', text: () => names[i], fill: line.color, fontWeight: 600, textAnchor, ...shift }); // prettier-ignore
    }),
  ]);
}

/** One arm, with the paths of the others behind it in gray. */
export function drawAmong(line: Line, lines: readonly Line[], width: number, axis: Axis): Html {
  const others = lines.filter((other) => other !== line);
  const behind = others.map((other) =>
    Plot.lineY(measuredOn(other, axis.of), { x: axis.of, y: 'value', stroke: 'var(--rule)', strokeWidth: 1.25 }),
  );
  return draw([line], { ...axis, label: '' }, { width, height: 150, marginRight: 10, ticks: 4 }, [], behind);
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly marginRight: number;
  readonly ticks: number;
}

function draw(
  lines: readonly Line[],
  { of, domain, label, tickFormat }: Axis,
  { ticks, ...frame }: Frame,
  above: readonly Plot.Markish[],
  behind: readonly Plot.Markish[] = [],
): Html {
  const against = of === 'tokens' ? 'loss-bearing tokens seen' : 'held-out clean loss';
  return chart(`Attack success rate against ${against}, ${ends(lines)}`, {
    ...frame,
    marginTop: MARGIN.top,
    marginBottom: label ? MARGIN.bottom : 26,
    marginLeft: MARGIN.left,
    x: { ticks, domain: [...domain], label: label || null, labelOffset: 40, ...(tickFormat && { tickFormat }) },
    y: { domain: [0, 1], ticks: RATE_TICKS, tickFormat: rateTick, label: null },
    marks: [...rateGrid('y'), ...behind, ...lines.flatMap((line) => lineMarks(line, of)), ...above],
  });
}

function lineMarks(line: Line, x: Axis['of']): Plot.Markish[] {
  const { arm, color } = line;
  const dash = armDash(arm);
  const data = measuredOn(line, x);
  const life = x === 'tokens' ? lifeIn(line, 'tokens') : null;
  const half = (data[0]?.value ?? 0) / 2;
  const title = (s: LossPoint): string =>
    `${arm.name}, step ${count(s.step)}: ${estimate(s)}${s.loss === null ? '' : `, clean loss ${fixed(s.loss)}`}`;
  return [
    x === 'tokens'
      ? Plot.areaY(data, { x, y1: 'low', y2: 'high', fill: color, fillOpacity: 0.16 })
      : Plot.ruleX(data, { x, y1: 'low', y2: 'high', stroke: color, strokeOpacity: 0.45 }),
    Plot.ruleX(life === null ? [] : [life], { y1: 0, y2: half, stroke: color, strokeDasharray: '1 3', strokeWidth: 1.25 }), // prettier-ignore
    Plot.line(data, { x, y: 'value', stroke: color, strokeWidth: 1.75, ...(dash ? { strokeDasharray: dash } : {}) }),
    Plot.dot(data, { x, y: 'value', r: 2.75, fill: color, stroke: 'var(--paper)', strokeWidth: 1, title }),
    // a path over loss may turn back: where it began is marked
    ...(x === 'loss' ? [Plot.dot(data.slice(0, 1), { x, y: 'value', r: 4, fill: 'var(--paper)', stroke: color, strokeWidth: 1.5, title })] : []), // prettier-ignore
  ];
}

const ends = (lines: readonly Line[]): string =>
  list(
    lines.map(
      ({ arm, samples }) => `${arm.name} from ${fixed(samples[0]?.value ?? 0)} to ${fixed(samples.at(-1)?.value ?? 0)}`,
    ),
  );
