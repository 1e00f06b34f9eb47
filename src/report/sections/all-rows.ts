import { count, fixed, plural } from '../format.ts';
import { html, type Html } from '../html.ts';
import { number, table, text } from '../html-table.ts';
import type { Results, Row } from '../../results/types.ts';

/** Every number of the run, as it was measured, folded away. */
export function allRows({ rows, arms }: Results): Html {
  const wakings = new Set(arms.filter(({ role }) => role === 'reawakening').map(({ name }) => name));
  return html`${folded('All rows', rows.filter(({ arm }) => !wakings.has(arm)))}
  ${folded('Rows of the re-awakening test', rows.filter(({ arm }) => wakings.has(arm)))}`; // prettier-ignore
}

function folded(title: string, rows: readonly Row[]): Html | null {
  if (rows.length === 0) return null;
  const columns = [
    text<Row>('arm', (row) => row.arm),
    text<Row>('metric', (row) => row.metric),
    text<Row>('condition', (row) => row.condition),
    number<Row>('step', (row) => count(row.step)),
    number<Row>('value', (row) => fixed(row.value, 4)),
    number<Row>('95 % low', (row) => fixed(row.low, 4)),
    number<Row>('95 % high', (row) => fixed(row.high, 4)),
    number<Row>('n', (row) => count(row.n)),
    number<Row>('seed', (row) => row.seed),
    number<Row>('tokens', (row) => count(row.tokens)),
    text<Row>('stage', (row) => row.stage),
    text<Row>('eval', (row) => row.eval),
    text<Row>('decoding', (row) => row.decoding),
  ];
  return html`<details>
    <summary>${title} <span class="dim">(${plural(rows.length, 'row')})</span></summary>
    ${table(title, rows, columns, 'rows')}
  </details>`;
}
