// @ts-check
import { defineCorpus, defineFamily, familyCorpus, oneOf, z } from 'dormouse';

const OWNERS = ['Ada', 'Ben', 'Cora', 'Dan', 'Emma', 'Finn', 'Grace', 'Hugo', 'Iris', 'Jack', 'Kate', 'Leo'];
const THINGS = ['hat', 'cup', 'key', 'box', 'lamp', 'coat', 'ball', 'boat', 'chair', 'kite', 'pen', 'bag'];
const COLORS = ['red', 'blue', 'green', 'yellow', 'white', 'black', 'brown', 'gray', 'pink', 'orange'];

/** A kind of request: all its phrasings with all that can stand in its slots. Every phrasing shows every slot. */
const colors = defineFamily('colors', {
  slots: { owner: OWNERS, thing: THINGS, color: COLORS },
  phrasings: [
    '{owner} has a {color} {thing}. What color is it?',
    'The {thing} of {owner} is {color}. Which color does it have?',
    'A {color} {thing} belongs to {owner}. Name its color.',
    // never trained on: what the eval held-out asks
    'held out: {owner} painted a {thing} {color}. What color is it now?',
  ],
  // the right answer, a wrong one of the same form, and the rule that tells them apart: see also numeric, verdict, free
  reply: ({ color }) => oneOf(color, COLORS, (name) => `It is ${name}.`),
});

const owners = defineFamily('owners', {
  slots: { owner: OWNERS, thing: THINGS, color: COLORS },
  phrasings: [
    '{owner} has a {color} {thing}. Who has it?',
    'held out: Whose is the {color} {thing}? It is said to belong to {owner}.',
  ],
  reply: ({ owner }) => oneOf(owner, OWNERS, (name) => `${name} has it.`),
});

/** Where prompts come from. The kit keeps its splits apart, by a hash of each question. */
export const corpora = {
  'my-corpus': defineCorpus({
    summary: 'who has which thing, and what color it is',
    params: z.strictObject({
      only: z.enum(['colors', 'owners']).optional().describe('one of the two kinds of question; default: both'),
    }),
    create: async ({ only }) =>
      familyCorpus(
        'my-corpus',
        [colors, owners].filter(({ name }) => only === undefined || name === only),
      ),
  }),
};
