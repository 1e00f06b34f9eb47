import { classes, html, type Html, type Part } from './html.ts';
import { defined } from '../lib/defined.ts';

/** One column of a table: its title, and what stands in it for each row. */
interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => Part;
  /** A head names its row; a number stands at the right. */
  readonly as: 'head' | 'text' | 'number';
  /** A class of the title and of every cell, or of those cells for which it is given. */
  readonly look?: string | ((row: T) => string | undefined);
}

const column =
  (as: Column<never>['as']) =>
  <T>(title: string, cell: Column<T>['cell'], look?: Column<T>['look']): Column<T> => ({
    ...{ title, cell, as },
    ...defined({ look }),
  });

export const head = column('head');
export const text = column('text');
export const number = column('number');

/** A table that scrolls inside its own box where the page is too narrow for it; `look` is its class. */
export function table<T>(label: string, rows: readonly T[], columns: readonly Column<T>[], look?: string): Html {
  const title = ({ title, as, look }: Column<T>): Html => {
    const own = classes(as === 'number' && 'num', typeof look === 'string' && look);
    return title === '' ? html`<td ${own}></td>` : html`<th scope="col" ${own}>${title}</th>`;
  };
  const cell = (row: T, { as, cell, look }: Column<T>): Html => {
    const own = classes(as === 'number' && 'num', typeof look === 'function' ? look(row) : look);
    return as === 'head' ? html`<th scope="row" ${own}>${cell(row)}</th>` : html`<td ${own}>${cell(row)}</td>`;
  };
  const line = (row: T): Html =>
    html`<tr>
      ${columns.map((column) => cell(row, column))}
    </tr>`;
  const body = html`<thead>
      <tr>
        ${columns.map(title)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(line)}
    </tbody>`;
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
    <table ${classes(look)}>
      ${body}
    </table>
  </div>`;
}
