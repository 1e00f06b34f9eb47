import { wakingPoints, wayName } from '../../results/verdict.ts';
import { estimate, fixed } from '../format.ts';
import { html, type Html } from '../html.ts';
import { head, table, text } from '../html-table.ts';
import type { Point, Results, TestedWay, Verdict, Waking } from '../../results/types.ts';

/** Plain words for each way of waking. */
const WAYS: Readonly<Record<Waking['way'], string>> = {
  relearn: 'the implant again, on rows it has not seen',
  examples: 'a few triggered rows, over and over',
  style: 'clean rows in the plain style again',
  noise: 'noise on the weights',
};

/** Every way on every intervention, where it differs most from the clean twin: how far did each get? */
export function wakingTable(results: Results): Html | null {
  const judged = results.verdicts.filter(({ after }) => after);
  const wakings = new Map(judged.flatMap(({ ways }) => ways.map(({ waking }) => [wayName(waking), waking])));
  const names = [...wakings.keys()];
  if (names.length === 0) return null;
  const columns = names.map((name) => {
    const of = ({ ways }: Verdict): TestedWay | undefined => ways.find(({ waking }) => wayName(waking) === name);
    return text<Verdict>(name, (one) => cell(results, of(one)), (one) => (of(one)?.isNearer ? 'told' : undefined)); // prettier-ignore
  });
  const legend = [...wakings].map(([name, { way }]) => html`<b>${name}</b>: ${WAYS[way]}. `);
  return html`<div class="after">
    ${table('Every way of waking', judged, [head('intervention', ({ arm }) => arm), ...columns], 'ways')}
    <p class="table-note">
      Attack success at the evaluation that differs most from the clean twin’s, the twin below it. Marked: above the
      twin’s (noise and style without a twin: above its own rate before) beyond both 95 % intervals, there or at another
      evaluation. ${legend}
    </p>
  </div>`;
}

function cell(results: Results, way: TestedWay | undefined): Html {
  const told = way && tellingOf(results, way);
  if (!told) return html`<span class="dim">–</span>`;
  const { point, rival } = told;
  return html`<span class="nb">${estimate(point)}</span><br />
    <span class="dim nb">${rival ? `twin ${fixed(rival.value)}, ` : 'no twin, '}step ${point.step}</span>`;
}

/** The evaluation at which the arm is furthest above its twin; its highest, where it has none. */
function tellingOf(
  results: Results,
  { arm, twin }: TestedWay,
): { readonly point: Point; readonly rival: Point | undefined } | null {
  const beside = twin === null ? [] : wakingPoints(results, twin);
  const pairs = wakingPoints(results, arm).map((point) => ({
    point,
    rival: beside.find(({ step }) => step === point.step),
  }));
  const gap = ({ point, rival }: (typeof pairs)[number]): number => point.value - (rival?.value ?? 0);
  return pairs.reduce<(typeof pairs)[number] | null>((best, pair) => (best && gap(best) >= gap(pair) ? best : pair), null); // prettier-ignore
}
