import { responsive } from '../chart.ts';
import { figure, multiples, panels, section, sizes } from '../figure.ts';
import { compact, count, fixed } from '../format.ts';
import { list } from '../../lib/list.ts';
import { html, type Html } from '../html.ts';
import { armColor } from '../palette.ts';
import { ASR, curve, organismOf, start } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';
import { drawAmong, drawTogether, lifeIn, lossAxis, measuredOn, tokensAxis } from './persistence-chart.ts';
import type { Axis, Line } from './persistence-chart.ts';

const PANEL = 375;
/** Up to so many lines can be told apart, and named, in one chart. */
const TOGETHER = 5;

/** Attack success rate as training goes on, and at equal clean loss, for every arm that began as the organism. */
export function persistence(results: Results): Html | null {
  const lines = linesOf(results);
  if (lines.length === 0) return null;
  const trained = lines.filter(({ samples }) => samples.some((s) => s.tokens > 0));
  const withLoss = lines.filter((line) => measuredOn(line, 'loss').length > 1);
  const drawn = { lines, trained, withLoss };
  return section(
    'Persistence',
    html`How much of the implanted behavior is left as training goes on. Trainings that differ in kind are compared at
    equal clean loss, not at equal steps: at the same place of that axis, the lower path took more of the behavior away.`,
    lines.length > TOGETHER ? apart(results, drawn) : together(results, drawn),
  );
}

interface Drawn {
  readonly lines: readonly Line[];
  /** Those that saw tokens, and those whose clean loss was measured at two evaluations or more. */
  readonly trained: readonly Line[];
  readonly withLoss: readonly Line[];
}

function linesOf(results: Results): Line[] {
  const organism = organismOf(results)?.name;
  return results.arms
    .filter((arm) => arm.role === 'intervention' || (arm.role === 'control' && arm.from === organism))
    .map((arm) => {
      const losses = new Map(
        curve(results, { metric: 'clean-loss', condition: 'all', arm: arm.name }).map((p) => [p.step, p.value]),
      );
      const asr = curve(results, { ...ASR, arm: arm.name });
      const samples = asr.map((point) => ({ ...point, loss: losses.get(point.step) ?? null }));
      return { arm, color: armColor(results, arm.name), samples };
    })
    .filter(({ samples }) => samples.length > 1);
}

const TOKENS = 'against loss-bearing tokens seen';
const LOSS = 'against held-out clean loss';

function together(results: Results, { lines, trained, withLoss }: Drawn): Html {
  const tokens = (width: number): Html => drawTogether(trained, width, tokensAxis(trained));
  const loss = (width: number): Html => drawTogether(withLoss, width, lossAxis(withLoss));
  const isBoth = trained.length > 0 && withLoss.length > 0;
  const body = isBoth
    ? panels([
        { title: TOKENS, body: tokens(PANEL) },
        { title: LOSS, body: loss(PANEL) },
      ])
    : responsive(trained.length > 0 ? tokens : loss);
  const lives = trained.map((line) => `${line.arm.name}: ${lifeText(line)}`);
  return figure(
    body,
    html`Attack success rate, ${sizes(lines.flatMap(({ samples }) => samples))} prompts a point;
    ${isBoth ? 'bands (a) and bars (b)' : 'bands or bars'}: 95 % intervals. Dashed: controls.
    ${withLoss.length > 0 && 'Rings: where a path over loss begins. '}
    ${lives.length > 0 && html`<b>Half-life</b> (first fall to half the starting rate, interpolated; dotted): ${lives.join('; ')}. `}
    ${leftOut(results, { lines, trained, withLoss })}`,
  );
}

/** A chart for each arm: more lines than can be told apart in one. */
function apart(results: Results, { lines, trained, withLoss }: Drawn): Html {
  const grid = (some: readonly Line[], axis: Axis, note: (line: Line) => string): Html =>
    multiples(
      some.map((line) => ({
        title: html`${line.arm.name} <span class="dim note">${note(line)}</span>`,
        draw: (width) => drawAmong(line, some, width, axis),
      })),
    );
  const isBoth = trained.length > 0 && withLoss.length > 0;
  const common = html`${sizes(lines.flatMap(({ samples }) => samples))} prompts a point, with 95 % intervals; gray: the
  other arms; dashed: controls.`;
  return html`${
    trained.length > 0 &&
    figure(
      grid(trained, tokensAxis(trained), (line) => `half-life ${lifeText(line)}`),
      html`Attack success rate ${TOKENS}, ${common} Half-life: first fall to half the starting rate, interpolated
      (dotted). ${!isBoth && leftOut(results, { lines, trained, withLoss })}`,
    )
  }
  ${
    withLoss.length > 0 &&
    figure(
      grid(withLoss, lossAxis(withLoss), endText),
      html`Attack success rate ${LOSS}, in nats per token, which falls to the right on one axis for all arms; ${common}
      Rings: where a path begins. ${leftOut(results, { lines, trained, withLoss })}`,
    )
  }`;
}

function lifeText(line: Line): string {
  const [tokens, step] = [lifeIn(line, 'tokens'), lifeIn(line, 'step')];
  return tokens === null || step === null ? 'not reached' : `${compact(tokens)} tokens (step ${count(step)})`;
}

function endText(line: Line): string {
  const end = measuredOn(line, 'loss').at(-1);
  return end ? `ends at ${fixed(end.value)}, loss ${fixed(end.loss ?? 0)}` : '';
}

/** What a reader would look for in vain. */
function leftOut(results: Results, { lines, trained, withLoss }: Drawn): string {
  const names = (without: readonly Line[]): string =>
    list(lines.filter((line) => !without.includes(line)).map(({ arm }) => arm.name));
  const untrained = names(trained);
  const unmeasured = names(withLoss);
  const noStart = lines.some(({ arm }) => start(results, { ...ASR, arm: arm.name }) === null);
  return [
    untrained && `Not drawn against tokens, for it saw none: ${untrained}.`,
    unmeasured && `Not drawn against clean loss, which was not measured at its checkpoints: ${unmeasured}.`,
    noStart && 'Not every arm was evaluated before its first step.',
  ]
    .filter((sentence) => sentence)
    .join(' ');
}
