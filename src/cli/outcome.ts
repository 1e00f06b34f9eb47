import { renderEffects } from '../report/grid/table.ts';
import type { GridResults } from '../report/grid/types.ts';
import { headline } from '../report/headline.ts';
import { renderTable } from '../report/table.ts';
import type { Results } from '../results/types.ts';
import { colorsFor, columns, widthOf, wrap } from './terminal.ts';

/** What was found, in words and as a table, as wide as the stream. */
export function outcome(results: Results, stream: NodeJS.WriteStream): string {
  const width = widthOf(stream);
  return `${colorsFor(stream).bold(wrap(headline(results), width).join('\n'))}\n\n${renderTable(results, width)}`;
}

/** What the swept settings do, a line each and an empty one; nothing where there is nothing to say. */
export function effects(results: GridResults): string {
  const lines = renderEffects(results).split('\n');
  const text = lines.flatMap((line) => columns([[line]])).join('\n');
  return text === '' ? '' : `${text.trimEnd()}\n\n`;
}
