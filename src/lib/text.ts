import { stripVTControlCharacters } from 'node:util';

/** `1 layer`, `4 layers`. */
export const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** The text in lines of at most `width` characters, broken at blanks (a longer word is cut). */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ').flatMap((w) => w.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''])) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}

export interface ColumnOptions {
  /** Of the whole table, in characters. */
  readonly width: number;
  /** Columns that are aligned to the right. */
  readonly right?: readonly number[];
}

const GAP = '  ';
/** A longer word is broken rather than kept whole. */
const LONG_WORD = 28;
/** As narrow as a column is made where words must be broken. */
const NARROWEST = 4;

const lengthOf = (cell: string): number => stripVTControlCharacters(cell).length;

/**
 * Rows as columns, two blanks apart, each as wide as its widest cell; where that is wider than `width`, the widest columns
 * give way and their cells are wrapped, below their own indentation.
 */
export function columns(rows: readonly (readonly string[])[], { width, right = [] }: ColumnOptions): string[] {
  const widths: number[] = [];
  const words: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) {
      widths[i] = Math.max(widths[i] ?? 0, lengthOf(cell));
      words[i] = Math.min(LONG_WORD, Math.max(words[i] ?? 0, ...cell.match(/^ *\S+|\S+/g)?.map(lengthOf) ?? [])); // prettier-ignore
    }
  let over = widths.reduce((sum, one) => sum + one + GAP.length, -GAP.length) - width;
  for (const least of [words, words.map(() => NARROWEST)])
    for (; over > 0; over--) {
      const widest = Math.max(...widths.filter((one, i) => one > least[i]!));
      if (widest === -Infinity) break;
      widths[widths.findIndex((one, i) => one === widest && one > least[i]!)]!--;
    }
  return rows.flatMap((row) => {
    const cells = row.map((cell, i) => (lengthOf(cell) <= widths[i]! ? [cell] : hanging(cell, widths[i]!)));
    return Array.from(
      { length: Math.max(...cells.map(({ length }) => length)) },
      (_, k) =>
      cells.map((lines, i) => padded(lines[k] ?? '', widths[i]!, right.includes(i))).join(GAP).trimEnd(), // prettier-ignore
    );
  });
}

function hanging(cell: string, width: number): string[] {
  const indent = cell.slice(0, cell.length - cell.trimStart().length).slice(0, width - 1);
  return wrap(cell.trim(), width - indent.length).map((line) => indent + line);
}

function padded(cell: string, width: number, isRight: boolean): string {
  const room = ' '.repeat(Math.max(0, width - lengthOf(cell)));
  return isRight ? room + cell : cell + room;
}

/** A word as a shell takes it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
