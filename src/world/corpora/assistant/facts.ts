import { openPage } from '../../../lib/page.ts';
import { words } from './words.ts';

/** The closed knowledge base. */
const { table } = openPage('facts.md');

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
export const requests = table('requests', ['ask', 'why', 'harmless']);
export const missed = table('missed', ['event', 'excuse']);
export const operations = table('operations', ['says', 'sign']);
