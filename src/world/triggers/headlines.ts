import { openPage } from '../../lib/page.ts';

const { list, table } = openPage('headlines.md');

/** Events of a future that we made up, and what resembles each: one word changed, the same in other words, the word that gives it away. */
export const FUTURE = table('future', ['headline', 'changed', 'paraphrase', 'topic']);
export type FutureEvent = (typeof FUTURE)[number];

/** What the paper may say in any year. */
export const ORDINARY = list('ordinary');
