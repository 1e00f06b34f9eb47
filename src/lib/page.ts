import { readFileSync } from 'node:fs';
import path from 'node:path';
import { KIT } from './kit.ts';

/** A page of words: what a section lists or tabulates. */
export interface Page {
  /** The lines of a section's list. */
  list(section: string): string[];
  /** The rows of a section's table, its columns checked. */
  table<const K extends string>(section: string, columns: readonly K[]): Record<K, string>[];
}

/** A page of `datasets/assistant`, which ships with the kit. @throws for a section that is not there, or has other columns. */
export function openPage(page: string): Page {
  const text = readFileSync(path.join(KIT, 'datasets/assistant', page), 'utf8');
  const sections = new Map(text.split(/^## /m).map((part) => [part.split('\n', 1)[0], part.split('\n').slice(1)]));
  const linesOf = (section: string, start: string): string[] => {
    const lines = (sections.get(section) ?? []).filter((line) => line.startsWith(start));
    if (lines.length === 0) throw new Error(`${page} has no section ${section}`);
    return lines.map((line) => line.slice(start.length));
  };
  return {
    list: (section) => linesOf(section, '- '),
    table<const K extends string>(section: string, columns: readonly K[]) {
      const [head = [], , ...rows] = linesOf(section, '|').map((line) => line.split('|').map((cell) => cell.trim()));
      if (head.slice(0, -1).join() !== columns.join())
        throw new Error(`${page}, ${section}: not the columns ${columns.join(', ')}`);
      return rows.map(
        (cells) => Object.fromEntries(columns.map((key, i) => [key, cells[i] ?? ''])) as Record<K, string>,
      );
    },
  };
}

/** The text with one of each `{a/b}`, chosen by `pick`. */
export const expand = (text: string, pick: (some: readonly string[]) => string): string =>
  text.replace(/\{(.*?)\}/g, (_, some: string) => pick(some.split('/')));
