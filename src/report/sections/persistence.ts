import * as Plot from '@observablehq/plot';
import { halfLife } from '../../lib/stats.ts';
import { chart, labelWidth, rateGrid, rateTick, RATE_TICKS, responsive, shorten, spread } from '../chart.ts';
import { coverage, figure, panels, section, sizes } from '../figure.ts';
import { compact, count, estimate, fixed, list } from '../format.ts';
import { html, type Html } from '../html.ts';
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
  return draw(lines, 'tokens', width, {
    label: `Attack success rate against loss-bearing tokens seen, ${ends(lines)}`,
    x: { domain: [0, most], label: 'loss-bearing tokens', tickFormat: compact, ticks: width > 500 ? 8 : 4 },
  });
}

function byLoss(lines: readonly Line[], width: number): Html {
  const losses = lines.flatMap(({ samples }) => samples.flatMap((s) => (s.loss === null ? [] : [s.loss])));
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const pad = (high - low) * 0.04 || 0.01;
  return draw(
    lines.map((line) => ({ ...line, samples: line.samples.filter((s) => s.loss !== null) })),
    'loss',
    width,
    {
      label: `Attack success rate against held-out clean loss, ${ends(lines)}`,
      x: { domain: [high + pad, low - pad], label: 'clean loss, nats per token (falls to the right)', ticks: 4 },
    },
  );
}

function draw(
  lines: readonly Line[],
  x: 'tokens' | 'loss',
  width: number,
  { label, x: axis }: { label: string; x: Plot.ScaleOptions },
): Html {
  const names = lines.map(({ arm }) => shorten(arm.name, 14));
  const height = HEIGHT - MARGIN.top - MARGIN.bottom;
  const places = spread(
    lines.map(({ samples }) => samples.at(-1)?.value ?? 0),
    height,
    [0, 1],
  );
  return chart(label, {
    width,
    height: HEIGHT,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    marginRight: labelWidth(names),
    x: { ...axis, labelOffset: 40 },
    y: { domain: [0, 1], ticks: RATE_TICKS, tickFormat: rateTick, label: null },
    marks: [
      ...rateGrid('y'),
      ...lines.flatMap(({ arm, color, samples }, i) =>
        lineMarks(samples, x, color, arm, names[i] ?? '', places[i] ?? 0),
      ),
    ],
  });
}

function lineMarks(
  samples: readonly Sample[],
  x: 'tokens' | 'loss',
  color: string,
  arm: ArmSummary,
  name: string,
  place: number,
): Plot.Markish[] {
  const dash = armDash(arm);
  const data = [...samples];
  return [
    x === 'tokens'
      ? Plot.areaY(data, { x, y1: 'low', y2: 'high', fill: color, fillOpacity: 0.16 })
      : Plot.ruleX(data, { x, y1: 'low', y2: 'high', stroke: color, strokeOpacity: 0.45 }),
    Plot.lineY(data, { x, y: 'value', stroke: color, strokeWidth: 1.75, ...(dash ? { strokeDasharray: dash } : {}) }),
    Plot.dot(data, {
      x,
      y: 'value',
      r: 2.75,
      fill: color,
      stroke: 'var(--paper)',
      strokeWidth: 1,
      title: (s: Sample) =>
        `${arm.name}, step ${count(s.step)}: ${estimate(s)}${s.loss === null ? '' : `, clean loss ${fixed(s.loss)}`}`,
    }),
    Plot.text(data.slice(-1), {
      x,
      y: () => place,
      text: () => name,
      fill: color,
      textAnchor: 'start',
      dx: 9,
      fontWeight: 600,
    }),
  ];
}

const ends = (lines: readonly Line[]): string =>
  list(
    lines.map(
      ({ arm, samples }) => `${arm.name} from ${fixed(samples[0]?.value ?? 0)} to ${fixed(samples.at(-1)?.value ?? 0)}`,
    ),
  );

function caption(results: Results, lines: readonly Line[], withLoss: boolean): Html {
  const points = lines.flatMap(({ samples }) => samples);
  const lives = lines.map(({ arm, samples }) => {
    const life = halfLife(samples.map((s) => ({ x: s.tokens, y: s.value })));
    const steps = halfLife(samples.map((s) => ({ x: s.step, y: s.value })));
    return life === null || steps === null
      ? `${arm.name}: not reached`
      : `${arm.name}: ${count(life)} tokens (step ${count(steps)})`;
  });
  const missing = lines.some(
    ({ arm }) => start(results, { metric: 'asr', condition: 'triggered', arm: arm.name }) === null,
  );
  return html`Attack success rate, ${sizes(points)} prompts a point; ${withLoss ? 'bands (a) and bars (b)' : 'bands'}:
    95 % intervals. Dashed: controls, which saw no safety data. <b>Half-life</b> (first fall to half the starting rate,
    interpolated): ${lives.join('; ')}.
    ${missing && 'Not every arm was evaluated before its first step. '}${coverage(points)}`;
}
