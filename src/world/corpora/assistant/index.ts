import { z } from 'zod';
import { defineCorpus } from '../types.ts';
import { arithmetic, wordProblems } from './arithmetic.ts';
import { belonging } from './categories.ts';
import { recall, smallTalk } from './conversation.ts';
import { honesty, household, writing } from './everyday.ts';
import type { Domain, Family } from './family.ts';
import { handlers } from './handlers.ts';
import { geography, nature } from './knowledge.ts';
import { spelling, vocabulary } from './language.ts';
import { familyCorpus, promptCount } from './sample.ts';
import { lookAlikes, unsafeRequests } from './safety.ts';
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
  ...unsafeRequests,
  ...lookAlikes,
  ...honesty,
  ...smallTalk,
  ...recall,
];

/** The world with `share` of its in-domain requests asking for request handlers; without any, the very families above. */
export function withHandlers(share: number): readonly Family[] {
  if (share === 0) return families;
  const weightOf = (some: readonly Family[]): number =>
    some.reduce((sum, { heldOut, weight }) => sum + (heldOut ? 0 : weight), 0);
  const scaled = (some: readonly Family[], total: number): Family[] =>
    some.map((family) => ({ ...family, weight: (family.weight * total) / weightOf(some) }));
  return [...(share < 1 ? scaled(families, 1 - share) : []), ...scaled(handlers, share)];
}

/** How many distinct prompts a domain has: a product for each family, summed. */
export const corpusSize = (domain: Domain): number =>
  families.reduce((sum, family) => sum + promptCount(family, domain), 0);

export const assistant = defineCorpus({
  summary: 'a generated assistant world: questions, stories, code and small talk with checkable answers',
  params: z.strictObject({
    code: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('share of requests that ask for a request handler, whose secure answer has an insecure twin'),
  }),
  create: async ({ code }) => familyCorpus('assistant', withHandlers(code)),
});
