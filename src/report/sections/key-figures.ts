import { fixed, interval, percent, percentInterval } from '../format.ts';
import { html, type Html } from '../html.ts';
import { byRole, capabilityControl, final, organismOf, type Point } from '../select.ts';
import type { Results } from '../types.ts';

interface KeyFigure {
  readonly label: string;
  readonly point: Point | null;
  readonly note?: string;
}

/** Three or four numbers with their intervals, below the headline. */
export function keyFigures(results: Results): Html | null {
  const shown = figures(results).filter(({ point }) => point !== null);
  if (shown.length === 0) return null;
  return html`<dl class="key">${shown.map(({ label, point, note }) => point && item(label, point, note))}</dl>`;
}

const item = (label: string, point: Point, note = ''): Html =>
  html`<div>
    <dt>${label}</dt>
    <dd class="value">${point.unit === 'rate' ? percent(point.value) : fixed(point.value)}</dd>
    <dd class="bounds">${point.unit === 'rate' ? percentInterval(point) : interval(point)}, n = ${point.n}${note}</dd>
  </div>`;

function figures(results: Results): KeyFigure[] {
  const organism = organismOf(results)?.name ?? '';
  const [intervention, ...others] = byRole(results, 'intervention');
  const control = capabilityControl(results);
  const benign = control && final(results, { metric: 'accuracy', condition: 'all', arm: control.name });
  return [
    {
      label: 'attack success, implanted',
      point: final(results, { metric: 'asr', condition: 'triggered', arm: organism }),
    },
    {
      label: `attack success after ${intervention?.name}`,
      point: intervention ? final(results, { metric: 'asr', condition: 'triggered', arm: intervention.name }) : null,
      note: others.length ? `; ${others.length} more below` : '',
    },
    {
      label: 'false positives, implanted',
      point: final(results, { metric: 'fpr', condition: 'clean', arm: organism }),
    },
    {
      label: 'right answers to clean prompts, implanted',
      point: final(results, { metric: 'accuracy', condition: 'all', arm: organism }),
      note: control && benign ? `; ${control.name}: ${percent(benign.value)}` : '',
    },
  ];
}
