import { scroll } from '../figure.ts';
import { count, fixed, plural } from '../format.ts';
import { html, type Html } from '../html.ts';
import type { Results, Row } from '../../results/types.ts';

type Cell = (row: Row) => string;

const TEXTS: readonly (readonly [string, Cell])[] = [
  ['arm', (row) => row.arm],
  ['metric', (row) => row.metric],
  ['condition', (row) => row.condition],
];

const NUMBERS: readonly (readonly [string, Cell])[] = [
  ['step', (row) => count(row.step)],
  ['value', (row) => fixed(row.value, 4)],
  ['95 % low', (row) => fixed(row.low, 4)],
  ['95 % high', (row) => fixed(row.high, 4)],
  ['n', (row) => count(row.n)],
  ['seed', (row) => String(row.seed)],
  ['tokens', (row) => count(row.tokens)],
];

const REST: readonly (readonly [string, Cell])[] = [
  ['stage', (row) => row.stage],
  ['eval', (row) => row.eval],
  ['decoding', (row) => row.decoding ?? ''],
];

/** Every number of the run, as it was measured, folded away. */
export function allRows({ rows, arms }: Results): Html {
  const wakings = new Set(arms.filter(({ role }) => role === 'reawakening').map(({ name }) => name));
  return html`${folded('All rows', rows.filter(({ arm }) => !wakings.has(arm)))}
  ${folded('Rows of the re-awakening test', rows.filter(({ arm }) => wakings.has(arm)))}`; // prettier-ignore
}

function folded(title: string, rows: readonly Row[]): Html | null {
  if (rows.length === 0) return null;
  const table = html`<table class="rows">
    <thead>
      <tr>
        ${TEXTS.map(([name]) => html`<th scope="col">${name}</th>`)}
        ${NUMBERS.map(([name]) => html`<th scope="col" class="num">${name}</th>`)}
        ${REST.map(([name]) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(line)}
    </tbody>
  </table>`;
  return html`<details>
    <summary>${title} <span class="dim">(${plural(rows.length, 'row')})</span></summary>
    ${scroll(title, table)}
  </details>`;
}

function line(row: Row): Html {
  const text = ([, cell]: readonly [string, Cell]): Html => html`<td>${cell(row)}</td>`;
  const number = ([, cell]: readonly [string, Cell]): Html => html`<td class="num">${cell(row)}</td>`;
  return html`<tr>
    ${TEXTS.map(text)}${NUMBERS.map(number)}${REST.map(text)}
  </tr>`;
}
