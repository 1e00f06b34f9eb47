import { scroll } from '../figure.ts';
import { count, fixed, plural } from '../format.ts';
import { html, type Html } from '../html.ts';
import type { Results, Row } from '../types.ts';

/** Every number of the run, as it was measured, folded away. */
export function allRows({ rows }: Results): Html | null {
  if (rows.length === 0) return null;
  const heads = ['arm', 'stage', 'eval', 'metric', 'condition', 'decoding'];
  const numbers = ['step', 'tokens', 'seed', 'value', '95 % low', '95 % high', 'n'];
  const table = html`<table>
    <thead>
      <tr>
        ${heads.map((name) => html`<th scope="col">${name}</th>`)}${numbers.map(
          (name) => html`<th scope="col" class="num">${name}</th>`,
        )}
      </tr>
    </thead>
    <tbody>
      ${rows.map(line)}
    </tbody>
  </table>`;
  return html`<details>
    <summary>All rows <span class="dim">(${plural(rows.length, 'row')})</span></summary>
    ${scroll('All rows', table)}
  </details>`;
}

function line(row: Row): Html {
  const texts = [row.arm, row.stage, row.eval, row.metric, row.condition, row.decoding ?? ''];
  const numbers = [
    count(row.step),
    count(row.tokens),
    row.seed,
    ...[row.value, row.low, row.high].map((x) => fixed(x, 4)),
    count(row.n),
  ];
  return html`<tr>
    ${texts.map((text) => html`<td>${text}</td>`)}${numbers.map((text) => html`<td class="num">${text}</td>`)}
  </tr> `;
}
