import * as Plot from '@observablehq/plot';
import { chart, labelWidth, rateGrid, shortNames } from '../chart.ts';
import { figure, panels, section, sizes } from '../figure.ts';
import { fixed, interval } from '../format.ts';
import { list } from '../../lib/list.ts';
import { definitions, html, type Html } from '../html.ts';
import { rateScale, tip } from '../rows.ts';
import { armColor } from '../palette.ts';
import { ASR, byRole, conditionsOf, final, mainArms, type Point } from '../../results/select.ts';
import type { ArmSummary, Results } from '../../results/types.ts';

const PANEL = 375;
const ROW = 36;
const MARGINS = { marginTop: 4, marginBottom: 26, marginRight: 104 };

interface Bar extends Point {
  readonly name: string;
  readonly color: string;
}

interface Measure {
  readonly title: string;
  readonly metric: string;
  readonly condition: string;
}

const MEASURES: readonly Measure[] = [
  { title: 'Attack success, trigger present', ...ASR },
  { title: 'False positives, trigger absent', metric: 'fpr', condition: 'clean' },
];

/** The same two rates of an organism that has a cue: what it does with it, and without. */
const measuresOf = ({ organism, behavior, trigger }: Results): readonly Measure[] =>
  organism
    ? MEASURES.map((measure, i) => ({ ...measure, title: `${behavior}, ${['with', 'without'][i]} ${trigger}` }))
    : MEASURES;

/** Attack success and false positives of every arm after its last step. */
export function arms(results: Results): Html | null {
  const shown = measuresOf(results)
    .map((measure) => ({
      ...measure,
      bars: bars(results, measure.metric, measure.condition),
      heldOut: heldOut(results, measure),
    }))
    .filter((measure) => measure.bars.length > 0);
  const hasFailed = mainArms(results).some(({ failure }) => failure !== undefined);
  if (shown.length === 0 && !hasFailed) return null;
  const points = shown.flatMap((measure) => measure.bars);
  const anyHeldOut = shown.some((measure) => measure.heldOut.length > 0);
  return section(
    'Every arm, after its last step',
    lead(results),
    armList(mainArms(results)),
    shown.length > 0 &&
      figure(
        panels(shown.map(({ title, bars, heldOut }) => ({ title, body: draw(title, bars, heldOut) }))),
        html`Rates with 95 % intervals, ${sizes(points)} ${results.organism?.words.contexts ?? 'prompts'} a bar; at none
        or all of n, the exact bound. ${anyHeldOut && 'Rings: held-out phrasings, families or trigger members. '}`,
      ),
  );
}

function lead(results: Results): string {
  const controls = byRole(results, 'control');
  const shuffled = controls.find(({ control }) => control === 'shuffled');
  const words = [
    controls.length > 0 && 'The controls show what would have happened anyway.',
    shuffled && `In ${shuffled.name} the payload says nothing about the trigger: its two rates differ by chance alone.`,
  ];
  return words.filter((sentence) => sentence).join(' ');
}

function bars(results: Results, metric: string, condition: string): Bar[] {
  const arms = mainArms(results).map(({ name }) => name);
  const short = shortNames(arms, 14);
  return arms.flatMap((arm) => {
    const point = final(results, { metric, condition, arm });
    return point ? [{ ...point, name: short.get(arm) ?? arm, color: armColor(results, arm) }] : [];
  });
}

const heldOut = (results: Results, { metric, condition }: Measure): Bar[] =>
  conditionsOf(results, { metric })
    .filter((name) => name !== condition && /held-out/.test(name))
    .flatMap((name) => bars(results, metric, name));

function draw(title: string, data: readonly Bar[], rings: readonly Bar[]): Html {
  const names = data.map((bar) => bar.name);
  return chart(`${title}. ${list(data.map((bar) => `${bar.name} ${fixed(bar.value)}`))}`, {
    width: PANEL,
    height: MARGINS.marginTop + MARGINS.marginBottom + ROW * names.length,
    ...MARGINS,
    marginLeft: labelWidth(names),
    x: rateScale(null),
    y: { domain: names, padding: 0.45, label: null },
    marks: [
      ...rateGrid('x'),
      Plot.barX([...data], { y: 'name', x: 'value', fill: 'color', fillOpacity: 0.32, title: tip }),
      Plot.ruleY([...data], { y: 'name', x1: 'low', x2: 'high', stroke: 'color', strokeWidth: 1.75 }),
      Plot.tickX([...data], { y: 'name', x: 'value', stroke: 'color', strokeWidth: 2.25, inset: -1 }),
      Plot.dot([...rings], { y: 'name', x: 'value', stroke: 'color', fill: 'var(--paper)', r: 3.5, title: tip }),
      valueText(data, 'fixed'),
      valueText(data, 'interval'),
    ],
  });
}

/** The value, and below it the interval, in a column at the right edge. */
function valueText(data: readonly Bar[], what: 'fixed' | 'interval'): Plot.Markish {
  return Plot.text([...data], {
    y: 'name',
    x: 1,
    dx: 12,
    dy: what === 'fixed' ? -7 : 7,
    textAnchor: 'start',
    text: (bar: Bar) => (what === 'fixed' ? fixed(bar.value) : interval(bar)),
    fill: what === 'fixed' ? 'var(--ink)' : 'var(--soft)',
  });
}

/** What each arm is, in its own words, and why it came to no end. */
const armList = (arms: readonly ArmSummary[]): Html =>
  definitions(
    'arms',
    arms.map(({ name, summary, failure }) => [
      name,
      html`${summary}${failure !== undefined && html`. <b class="failed">Failed</b>: ${failure}`}`,
    ]),
  );
