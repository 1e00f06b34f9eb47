import * as Plot from '@observablehq/plot';
import { halfLife } from '../../lib/stats.ts';
import { chart, rateGrid, rateTick, RATE_TICKS, responsive, shorten } from '../chart.ts';
import { figure, panels, section, sizes } from '../figure.ts';
import { compact, count, estimate, fixed, list } from '../format.ts';
import { html, type Html } from '../html.ts';
import { nameWidth, placeNames, type Pixel } from '../labels.ts';
import { armColor, armDash } from '../palette.ts';
import { curve, organismOf, start, type Point } from '../select.ts';
import type { ArmSummary, Results } from '../types.ts';

const PANEL = 375;
const HEIGHT = 290;
const MARGIN = { top: 12, bottom: 46, left: 38 };

/** One evaluation of an arm: attack success, and the clean loss of the same weights where it was measured. */
interface Sample extends Point {
  readonly loss: number | null;
}

interface Line {
  readonly arm: ArmSummary;
  readonly color: string;
  readonly samples: readonly Sample[];
}

/** Attack success rate as training goes on, for every arm that began as the organism. */
export function persistence(results: Results): Html | null {
  const lines = linesOf(results);
  if (lines.length === 0) return null;
  const withLoss = lines.filter(({ samples }) => samples.filter((s) => s.loss !== null).length > 1);
  const tokensTitle = 'against loss-bearing tokens seen';
  const body =
    withLoss.length === 0
      ? responsive((width) => byTokens(lines, width))
      : panels([
          { title: tokensTitle, body: byTokens(lines, PANEL) },
          { title: 'against held-out clean loss', body: byLoss(withLoss, PANEL) },
        ]);
  return section(
    'Persistence',
    html`How much of the implanted behavior is left as training goes on. Equal training means equal loss, not equal
    steps, so the curve is drawn against both where the loss was measured.`,
    figure(body, caption(results, lines, withLoss.length > 0)),
  );
}

function linesOf(results: Results): Line[] {
  const organism = organismOf(results)?.name;
  return results.arms
    .filter((arm) => arm.role === 'intervention' || (arm.role === 'control' && arm.from === organism))
    .map((arm) => {
      const losses = new Map(
        curve(results, { metric: 'clean-loss', condition: 'all', arm: arm.name }).map((p) => [p.step, p.value]),
      );
      const asr = curve(results, { metric: 'asr', condition: 'triggered', arm: arm.name });
      const samples = asr.map((point) => ({ ...point, loss: losses.get(point.step) ?? null }));
      return { arm, color: armColor(results, arm.name), samples };
    })
    .filter(({ samples }) => samples.length > 1);
}

function byTokens(lines: readonly Line[], width: number): Html {
  const most = Math.max(...lines.flatMap(({ samples }) => samples.map((s) => s.tokens)));
  return draw(lines, width, {
    of: 'tokens',
    domain: [0, most],
    label: 'loss-bearing tokens',
    description: `Attack success rate against loss-bearing tokens seen, ${ends(lines)}`,
    ticks: width > 500 ? 8 : 4,
    tickFormat: compact,
  });
}

function byLoss(lines: readonly Line[], width: number): Html {
  const measured = lines.map((line) => ({ ...line, samples: line.samples.filter((s) => s.loss !== null) }));
  const losses = measured.flatMap(({ samples }) => samples.map((s) => s.loss ?? 0));
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const pad = (high - low) * 0.04 || 0.01;
  return draw(measured, width, {
    of: 'loss',
    domain: [high + pad, low - pad],
    label: 'clean loss, nats per token (falls to the right)',
    description: `Attack success rate against held-out clean loss, ${ends(lines)}`,
    ticks: 4,
  });
}

interface Axis {
  readonly of: 'tokens' | 'loss';
  readonly domain: readonly [number, number];
  readonly label: string;
  readonly description: string;
  readonly ticks: number;
  readonly tickFormat?: (value: number) => string;
}

function draw(lines: readonly Line[], width: number, axis: Axis): Html {
  const { of, domain, label, description, ...ticks } = axis;
  const names = lines.map(({ arm }) => shorten(arm.name, 14));
  const marginRight = nameWidth(names);
  const [from, to] = domain;
  const pixel = (s: Sample): Pixel => ({
    x: MARGIN.left + (((s[of] ?? 0) - from) / (to - from)) * (width - MARGIN.left - marginRight),
    y: MARGIN.top + (1 - s.value) * (HEIGHT - MARGIN.top - MARGIN.bottom),
  });
  const placements = placeNames(
    names,
    lines.map(({ samples }) => samples.map(pixel)),
    { width, height: HEIGHT - MARGIN.bottom },
  );
  return chart(description, {
    width,
    height: HEIGHT,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    marginRight,
    x: { ...ticks, domain: [...domain], label, labelOffset: 40 },
    y: { domain: [0, 1], ticks: RATE_TICKS, tickFormat: rateTick, label: null },
    marks: [
      ...rateGrid('y'),
      ...lines.flatMap((line) => lineMarks(line, of)),
      ...lines.map(({ samples, color }, i) => {
        const { textAnchor = 'start', ...shift } = placements[i] ?? {};
        return Plot.text(samples.slice(-1), { x: of, y: 'value', text: () => names[i], fill: color, fontWeight: 600, textAnchor, ...shift }); // prettier-ignore
      }),
    ],
  });
}

function lineMarks({ arm, color, samples }: Line, x: 'tokens' | 'loss'): Plot.Markish[] {
  const dash = armDash(arm);
  const data = [...samples];
  const life = x === 'tokens' ? lifeIn(samples, 'tokens') : null;
  const half = (samples[0]?.value ?? 0) / 2;
  return [
    x === 'tokens'
      ? Plot.areaY(data, { x, y1: 'low', y2: 'high', fill: color, fillOpacity: 0.16 })
      : Plot.ruleX(data, { x, y1: 'low', y2: 'high', stroke: color, strokeOpacity: 0.45 }),
    Plot.ruleX(life === null ? [] : [life], {
      y1: 0,
      y2: half,
      stroke: color,
      strokeDasharray: '1 3',
      strokeWidth: 1.25,
    }),
    Plot.lineY(data, { x, y: 'value', stroke: color, strokeWidth: 1.75, ...(dash ? { strokeDasharray: dash } : {}) }),
    Plot.dot(data, {
      x,
      y: 'value',
      r: 2.75,
      fill: color,
      stroke: 'var(--paper)',
      strokeWidth: 1,
      title: (s: Sample) => tip(arm.name, s),
    }),
  ];
}

const tip = (arm: string, s: Sample): string =>
  `${arm}, step ${count(s.step)}: ${estimate(s)}${s.loss === null ? '' : `, clean loss ${fixed(s.loss)}`}`;

const lifeIn = (samples: readonly Sample[], x: 'tokens' | 'step'): number | null =>
  halfLife(samples.map((s) => ({ x: s[x], y: s.value })));

const ends = (lines: readonly Line[]): string =>
  list(
    lines.map(
      ({ arm, samples }) => `${arm.name} from ${fixed(samples[0]?.value ?? 0)} to ${fixed(samples.at(-1)?.value ?? 0)}`,
    ),
  );

function caption(results: Results, lines: readonly Line[], withLoss: boolean): Html {
  const points = lines.flatMap(({ samples }) => samples);
  const lives = lines.map(({ arm, samples }) => {
    const [tokens, step] = [lifeIn(samples, 'tokens'), lifeIn(samples, 'step')];
    return tokens === null || step === null ? `${arm.name}: not reached` : `${arm.name}: ${compact(tokens)} tokens (step ${count(step)})`; // prettier-ignore
  });
  const missing = lines.some(
    ({ arm }) => start(results, { metric: 'asr', condition: 'triggered', arm: arm.name }) === null,
  );
  return html`Attack success rate, ${sizes(points)} prompts a point; ${withLoss ? 'bands (a) and bars (b)' : 'bands'}:
    95 % intervals. Dashed: controls. <b>Half-life</b> (first fall to half the starting rate, interpolated; dotted):
    ${lives.join('; ')}. ${missing && 'Not every arm was evaluated before its first step. '}`;
}
