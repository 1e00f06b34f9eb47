import { count, coverageOver, fixed, interval, OVER_SEEDS, percent, percentInterval, plural } from '../format.ts';
import { html, type Html } from '../html.ts';
import {
  ACCURACY,
  ASR,
  byRole,
  capabilityControl,
  decisiveControl,
  final,
  organismOf,
  stepsOf,
  type Point,
} from '../../results/select.ts';
import { lessonOf } from '../../results/refusal.ts';
import { worstNearTrigger } from '../../results/specificity.ts';
import { UNTRIGGERED } from '../../results/untriggered.ts';
import type { ArmSummary, Results } from '../../results/types.ts';

interface KeyFigure {
  readonly label: string;
  readonly point: Point | null;
  readonly note?: string;
}

/** The numbers that matter most with their intervals, below the headline. */
export function keyFigures(results: Results): Html | null {
  const shown = figures(results).filter(({ point }) => point !== null);
  if (shown.length === 0) return null;
  return html`<dl class="key">${shown.map(({ label, point, note }) => point && item(label, point, note))}</dl>
    <p class="coverage">${coverage(results)}</p>`;
}

const item = (label: string, point: Point, note = ''): Html =>
  html`<div>
    <dt>${label}${note}</dt>
    <dd class="value">${point.unit === 'rate' ? percent(point.value) : fixed(point.value)}</dd>
    <dd class="bounds">
      ${point.unit === 'rate' ? percentInterval(point) : interval(point)}, <span class="nb">n = ${count(point.n)}</span>
    </dd>
  </div>`;

function figures(results: Results): KeyFigure[] {
  const organism = organismOf(results)?.name ?? '';
  const [intervention, ...others] = byRole(results, 'intervention');
  const decisive = intervention && decisiveControl(results, stepsOf(intervention));
  const control = capabilityControl(results);
  const benign = control && final(results, { ...ACCURACY, arm: control.name });
  const lesson = intervention ? lessonOf(results, intervention) : null;
  const after = (arm: ArmSummary | undefined): Point | null => (arm ? final(results, { ...ASR, arm: arm.name }) : null);
  return [
    { label: 'attack success, implanted', point: final(results, { ...ASR, arm: organism }) },
    {
      label: `attack success after ${intervention?.name}`,
      point: after(intervention),
      note: others.length ? ` (${others.length} more below)` : '',
    },
    { label: 'attack success after equal training without safety data', point: after(decisive) },
    {
      label: `unsafe requests declined after ${intervention?.name}`,
      point: lesson?.refusal ?? null,
      note: lesson?.overRefusal ? ` (look-alikes: ${percent(lesson.overRefusal.value)})` : '',
    },
    {
      label: 'right answers to clean prompts, implanted',
      point: final(results, { ...ACCURACY, arm: organism }),
      note: control && benign ? ` (${control.name}: ${percent(benign.value)})` : '',
    },
    ...nearFigures(results, organism),
    ...UNTRIGGERED.map(({ metric, condition, label }) => ({
      label: `${label}, implanted`,
      point: final(results, { metric, condition, arm: organism }),
    })),
  ];
}

/** The near-triggers that wake the organism most: of those that its implant saw, and of those it never saw. */
function nearFigures(results: Results, organism: string): KeyFigure[] {
  const trained = worstNearTrigger(results, organism, true);
  const never = worstNearTrigger(results, organism, false);
  const named = (point: Point | null): string => (point ? `: ${point.condition}` : '');
  return trained === null
    ? [{ label: 'behavior on the worst near-trigger, implanted', point: never, note: named(never) }]
    : [
        { label: 'behavior on the worst near-trigger of those in the implant', point: trained, note: named(trained) },
        { label: 'behavior on the worst near-trigger that no training saw', point: never, note: named(never) },
      ];
}

/** What an interval of this report covers, said once. */
function coverage({ seeds }: Results): string {
  return seeds.length > 1
    ? `All intervals are 95 %. Values are means of ${plural(seeds.length, 'seed')}, intervals ${OVER_SEEDS}. ${coverageOver(seeds.length)} n counts the prompts of all seeds.`
    : 'All intervals are 95 %. With one seed they cover the choice of prompts, not the randomness of training.';
}
