import { ratioWords } from '../../results/verdict.ts';
import { wakingPoints, wayName } from '../../results/waking.ts';
import { estimate, fixed } from '../format.ts';
import { html, type Html } from '../html.ts';
import { head, table, text } from '../html-table.ts';
import type { Point, Results, StepsToHalf, TestedWay, Verdict, Waking } from '../../results/types.ts';

/** Plain words for each way of waking. */
const WAYS: Readonly<Record<Waking['way'], string>> = {
  relearn: 'the implant again, on rows it has not seen',
  examples: 'a few triggered rows, over and over',
  style: 'clean rows in the plain style again',
  noise: 'noise on the weights',
};

/** Every way on every intervention, beside the placebo: how fast, or how far, did each get? */
export function wakingTable(results: Results): Html | null {
  const judged = results.verdicts.filter(({ after }) => after);
  const wakings = new Map(judged.flatMap(({ ways }) => ways.map(({ waking }) => [wayName(waking), waking])));
  const names = [...wakings.keys()];
  if (names.length === 0) return null;
  const columns = names.map((name) => {
    const of = ({ ways }: Verdict): TestedWay | undefined => ways.find(({ waking }) => wayName(waking) === name);
    return text<Verdict>(name, (one) => cell(results, of(one)), (one) => (isAhead(of(one)) ? 'told' : undefined)); // prettier-ignore
  });
  const legend = [...wakings].map(([name, { way }]) => html`<b>${name}</b>: ${WAYS[way]}. `);
  return html`<div class="after">
    ${table('Every way of waking', judged, [head('intervention', ({ arm }) => arm), ...columns], 'ways')}
    <p class="table-note">
      Of what teaches the behavior again: steps until it shows on half of the prompts, the placebo’s below, and their
      ratio with its 95 % interval. Of the rest: attack success after it, the placebo’s below. Marked: ahead of the
      placebo beyond the interval. ${legend}
    </p>
  </div>`;
}

const isAhead = (way: TestedWay | undefined): boolean => way?.finding === 'woken' || way?.finding === 'nearer';

function cell(results: Results, way: TestedWay | undefined): Html {
  const [own, beside] = way ? (way.half ? paceOf(way) : rateOf(results, way)) : [];
  if (own === undefined) return html`<span class="dim">–</span>`;
  return html`<span class="nb">${own}</span><br /><span class="dim nb">${beside}</span>`;
}

function paceOf({ half, ratio }: TestedWay): string[] {
  if (!half?.placebo || !ratio) return half ? [stepsText(half.own), 'no placebo'] : [];
  return [stepsText(half.own), `placebo ${stepsText(half.placebo)}: ${ratioWords(ratio)}`];
}

/** The highest rate after a treatment that teaches nothing. */
function rateOf(results: Results, { arm, placebo }: TestedWay): string[] {
  const highest = (name: string | null): Point | undefined =>
    name === null ? undefined : wakingPoints(results, name).toSorted((a, b) => b.value - a.value)[0];
  const [own, beside] = [highest(arm), highest(placebo)];
  return own ? [estimate(own), beside ? `placebo ${fixed(beside.value)}` : 'no placebo'] : [];
}

/** `at step 4.2`, `never in 36`. */
export const stepsText = ({ value, tried }: StepsToHalf): string =>
  value === null ? `never in ${tried}` : `at step ${Number(value.toFixed(1))}`;
