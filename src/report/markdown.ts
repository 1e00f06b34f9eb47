import { plain } from './format.ts';

const cell = (text: string): string => plain(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

/** A table in Markdown, a line each. */
export const markdownTable = (titles: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  row(titles),
  `|${titles.map(() => '---|').join('')}`,
  ...rows.map(row),
];
