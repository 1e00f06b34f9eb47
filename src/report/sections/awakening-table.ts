import type { Awakening, Way } from '../../results/verdict.ts';
import { estimate, fixed } from '../format.ts';
import { html, type Html } from '../html.ts';
import { head, table, text } from '../html-table.ts';
import type { Point } from '../../results/select.ts';

/** Plain words for each way of waking. */
const WAYS: readonly (readonly [RegExp, string])[] = [
  [/^relearn$/, 'the implant again, on rows it has not seen'],
  [/^examples$/, 'a few triggered rows, over and over'],
  [/^style$/, 'clean rows in the plain style again'],
  [/^noise-/, 'noise on the weights'],
];

/** Every way on every intervention, where it differs most from the clean twin: how far did each get? */
export function wakingTable(judged: readonly Awakening[]): Html | null {
  const names = [...new Set(judged.flatMap(({ ways }) => ways.map(({ name }) => name)))];
  if (names.length === 0) return null;
  const columns = names.map((name) => {
    const of = ({ ways }: Awakening): Way | undefined => ways.find((way) => way.name === name);
    return text<Awakening>(name, (judged) => cell(of(judged)), (judged) => (of(judged)?.isNearer ? 'told' : undefined)); // prettier-ignore
  });
  const legend = names.flatMap((name) => {
    const words = WAYS.find(([pattern]) => pattern.test(name))?.[1];
    return words === undefined ? [] : html`<b>${name}</b>: ${words}. `;
  });
  return html`<div class="after">
    ${table('Every way of waking', judged, [head('intervention', ({ arm }) => arm.name), ...columns], 'ways')}
    <p class="table-note">
      Attack success at the evaluation that differs most from the clean twin’s, the twin below it. Marked: above the
      twin’s beyond both 95 % intervals, there or at another evaluation. ${legend}
    </p>
  </div>`;
}

function cell(way: Way | undefined): Html {
  const told = way && tellingOf(way);
  if (!told) return html`<span class="dim">–</span>`;
  const { point, rival } = told;
  return html`<span class="nb">${estimate(point)}</span><br />
    <span class="dim nb">${rival ? `twin ${fixed(rival.value)}, ` : 'no twin, '}step ${point.step}</span>`;
}

/** The evaluation at which the arm is furthest above its twin; its highest, where it has none. */
function tellingOf({ points, twin }: Way): { readonly point: Point; readonly rival: Point | undefined } | null {
  const pairs = points.map((point) => ({ point, rival: twin.find(({ step }) => step === point.step) }));
  const gap = ({ point, rival }: (typeof pairs)[number]): number => point.value - (rival?.value ?? 0);
  return pairs.reduce<(typeof pairs)[number] | null>((best, pair) => (best && gap(best) >= gap(pair) ? best : pair), null); // prettier-ignore
}
