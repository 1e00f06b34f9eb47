import { dictionary, opposites, rhymes, verbs } from './facts.ts';
import { defineFamily, factFamily } from './family.ts';
import { inOrder, numeric, oneOf } from './reply.ts';
import { column, listed, plural, pluralWords, shortWords, sortableWords, spellingWords, triples } from './words.ts';

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const reversed = (word: string): string => [...word].reverse().join('');
const polar = opposites.flatMap(({ one, other }) => [
  { word: one, opposite: other },
  { word: other, opposite: one },
]);
/** All of one side, then all of the other, so that a word's neighbor is never its own partner. */
const poles = [...opposites.map(({ one }) => one), ...opposites.map(({ other }) => other)];
const plurals = pluralWords.map(plural);

/** Letters and spelling. */
export const spelling = [
  defineFamily('first-letter', {
    slots: { word: spellingWords },
    reply: ({ word }) => oneOf(word[0]!.toUpperCase(), letters, (letter) => `The word ${word} starts with ${letter}.`),
  }),
  defineFamily('last-letter', {
    slots: { word: spellingWords },
    reply: ({ word }) =>
      oneOf(word.at(-1)!.toUpperCase(), letters, (letter) => `The word ${word} ends with ${letter}.`),
  }),
  defineFamily('counting-letters', {
    slots: { word: spellingWords },
    reply: ({ word }) => numeric(word.length, (n) => `The word ${word} has ${n} letters.`),
  }),
  defineFamily('reversing', {
    slots: { word: shortWords },
    reply: ({ word }) =>
      oneOf(reversed(word), shortWords.map(reversed), (back) => `The word ${word} backwards is ${back}.`),
  }),
  defineFamily('sorting-words', {
    slots: { words: triples(sortableWords) },
    reply: ({ words }) => inOrder([...words].sort(), (items) => `In order: ${listed(items)}.`),
  }),
];

/** Words and their relatives. */
export const vocabulary = [
  defineFamily('plurals', {
    slots: { word: pluralWords },
    reply: ({ word }) => oneOf(plural(word), plurals, (many) => `The plural is ${many}.`),
  }),
  defineFamily('opposites', {
    slots: { entry: polar },
    reply: ({ entry }) => oneOf(entry.opposite, poles, (word) => `The opposite of ${entry.word} is ${word}.`),
  }),
  defineFamily('rhymes', {
    heldOut: true,
    slots: {
      pair: rhymes.flatMap((group) => group.map((word) => ({ word, partners: group.filter((w) => w !== word) }))),
    },
    reply: ({ pair: { word, partners } }) => {
      const others = rhymes.flat().filter((w) => w !== word && !partners.includes(w));
      const say = (w: string): string => `The word ${word} rhymes with ${w}.`;
      return {
        answer: say(partners[0]!),
        wrong: say(others[word.length]!),
        isCorrect: (reply) => partners.some((w) => oneOf(w, [w, ...others], say).isCorrect!(reply)),
      };
    },
  }),
  factFamily('past-tense', 'verb', verbs, 'past', { heldOut: true }),
  defineFamily('translation', {
    slots: { entry: dictionary, language: ['French', 'Spanish', 'German'] },
    reply: ({ entry, language }) =>
      oneOf(entry[language], column(dictionary, language), (word) => `In ${language} it is ${word}.`),
  }),
];
