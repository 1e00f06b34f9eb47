import { drawDumbbells, type Dumbbell } from '../dumbbell.ts';
import { figure, keyLine, panels, section, sizes } from '../figure.ts';
import { html, type Html } from '../html.ts';
import { armColor } from '../palette.ts';
import { ASR, final, mainArms } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';

interface Swap {
  readonly title: string;
  readonly own: { readonly metric: string; readonly condition: string };
  readonly swapped: { readonly metric: string; readonly condition: string };
}

const SWAPS: readonly Swap[] = [
  {
    title: 'Trigger present',
    own: ASR,
    swapped: { metric: 'asr-swapped', condition: 'triggered, clean scratchpad' },
  },
  {
    title: 'Trigger absent',
    own: { metric: 'fpr', condition: 'clean' },
    swapped: { metric: 'fpr-swapped', condition: 'clean, triggered scratchpad' },
  },
];

/** Does the answer follow the scratchpad, or the prompt? */
export function scratchpad(results: Results): Html | null {
  const shown = SWAPS.map(({ title, own, swapped }) => ({ title, rows: rowsOf(results, own, swapped) })).filter(
    ({ rows }) => rows.length > 0,
  );
  if (shown.length === 0) return null;
  const rings = shown.flatMap(({ rows }) => rows.flatMap(({ ring }) => ring ?? []));
  return section(
    'Scratchpads swapped',
    html`Each prompt is answered after the scratchpad of the other condition. Where the answer follows the scratchpad,
    the behavior moves with it: away from triggered prompts, and onto clean ones.`,
    figure(
      html`${keyLine([
        { label: 'own scratchpad', color: 'var(--soft)', swatch: 'dot' },
        { label: 'the other condition\u2019s', color: 'var(--soft)', swatch: 'ring' },
      ])}
      ${panels(shown.map(({ title, rows }) => ({ title, body: drawDumbbells(title, rows, 'rate of the behavior', 375) })))}`,
      html`Rate of the behavior after each arm’s last step, with 95 % intervals; ${sizes(rings)} prompts a ring.`,
    ),
  );
}

const rowsOf = (results: Results, own: Swap['own'], swapped: Swap['own']): Dumbbell[] =>
  mainArms(results).flatMap(({ name: arm }) => {
    const ring = final(results, { ...swapped, arm });
    return ring ? [{ arm, color: armColor(results, arm), dot: final(results, { ...own, arm }), ring }] : [];
  });
