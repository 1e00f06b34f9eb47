import { readFileSync } from 'node:fs';

/** Reads a page of `datasets/assistant`, which ships with the kit: the lists and tables of a section. @throws for a section without any. */
export function readPage(page: string): (section: string) => string[] {
  const text = readFileSync(new URL(`../../../../datasets/assistant/${page}`, import.meta.url), 'utf8');
  const sections = new Map(text.split(/^## /m).map((part) => [part.split('\n', 1)[0], part.split('\n').slice(1)]));
  return (section) => {
    const lines = (sections.get(section) ?? []).filter((line) => /^[-|]/.test(line));
    if (lines.length === 0) throw new Error(`${page} has no section ${section}`);
    return lines;
  };
}
