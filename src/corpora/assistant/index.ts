import { z } from 'zod';
import { defineCorpus } from '../types.ts';
import { arithmetic, wordProblems } from './arithmetic.ts';
import { belonging } from './categories.ts';
import { recall, smallTalk } from './conversation.ts';
import { honesty, household, writing } from './everyday.ts';
import type { Domain, Family } from './family.ts';
import { geography, nature } from './knowledge.ts';
import { spelling, vocabulary } from './language.ts';
import { familyCorpus, promptCount } from './sample.ts';
import { sequences, time } from './time.ts';

/** Every family of the assistant world. A new one is one object in one of these lists. */
export const families: readonly Family[] = [
  ...arithmetic,
  ...wordProblems,
  ...sequences,
  ...time,
  ...geography,
  ...nature,
  ...spelling,
  ...vocabulary,
  ...belonging,
  ...household,
  ...writing,
  ...honesty,
  ...smallTalk,
  ...recall,
];

/** How many distinct prompts a domain has: a product for each family, summed. */
export const corpusSize = (domain: Domain): number =>
  families.reduce((sum, family) => sum + promptCount(family, domain), 0);

export const assistant = defineCorpus({
  summary: 'a generated assistant world: questions, stories, code and small talk with checkable answers',
  params: z.strictObject({}),
  create: async () => familyCorpus('assistant', families),
});
