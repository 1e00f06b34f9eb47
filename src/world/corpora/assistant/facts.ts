import { readPage } from './page.ts';
import { words } from './words.ts';

/** The closed knowledge base: the tables of `datasets/assistant/facts.md`. */
const sectionOf = readPage('facts.md');

/** A table of the page, its columns checked. @throws for one that is not there, or has others. */
function table<const K extends string>(name: string, columns: readonly K[]): Record<K, string>[] {
  const [head = [], , ...rows] = sectionOf(name)
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
  if (head.join() !== columns.join()) throw new Error(`facts.md, ${name}: not the columns ${columns.join(', ')}`);
  return rows.map((cells) => Object.fromEntries(columns.map((key, i) => [key, cells[i] ?? ''])) as Record<K, string>);
}

export const countries = table('countries', ['name', 'capital', 'language', 'continent']);
export const animals = table('animals', ['name', 'legs', 'sound', 'young']);
export const coloredThings = table('colored things', ['thing', 'color']);
export const elements = table('elements', ['name', 'symbol']);
export const jobs = table('jobs', ['name', 'does']);
export const tools = table('tools', ['purpose', 'tool']);
export const opposites = table('opposites', ['one', 'other']);
export const verbs = table('verbs', ['now', 'past']);
export const dictionary = table('dictionary', ['English', 'French', 'Spanish', 'German']);
export const rhymes = table('rhymes', ['words']).map((row) => words(row.words));
export const dishes = table('dishes', ['dish', 'needs', 'last']).map((row) => ({
  ...row,
  needs: row.needs.split(', '),
}));
export const places = table('places', ['place', 'event']);
export const needs = table('needs', ['state', 'tool']);
export const secrets = table('secrets', ['now', 'past', 'guess']);
export const units = table('units', ['large', 'small', 'factor', 'most']);
export const topics = table('small talk', ['says', 'reply']).map((row) => ({ ...row, says: row.says.split(' / ') }));
export const moods = table('moods', ['mood', 'reply']);
export const occasions = table('occasions', ['event', 'wish']);
export const requests = table('requests', ['ask', 'why']);
export const operations = table('operations', ['says', 'sign']);
