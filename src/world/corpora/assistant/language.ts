import { dictionary, opposites, rhymes, verbs } from './facts.ts';
import { defineFamily } from './family.ts';
import { inOrder, numeric, oneOf } from './reply.ts';
import { listed, plural, pluralWords, shortWords, sortableWords, spellingWords, triples } from './words.ts';

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const reversed = (word: string): string => [...word].reverse().join('');
const polar = opposites.flatMap(({ one, other }) => [
  { word: one, opposite: other },
  { word: other, opposite: one },
]);
/** All of one side, then all of the other, so that a word's neighbor is never its own partner. */
const poles = [...opposites.map(({ one }) => one), ...opposites.map(({ other }) => other)];
const plurals = pluralWords.map(plural);
const pastForms = verbs.map((verb) => verb.past);

/** Letters and spelling. */
export const spelling = [
  defineFamily({
    name: 'first-letter',
    slots: { word: spellingWords },
    phrasings: [
      ({ word }) => `What is the first letter of ${word}?`,
      ({ word }) => `Which letter does ${word} start with?`,
      ({ word }) => `Tell me the first letter of the word ${word}.`,
      ({ word }) => `The word ${word} starts with which letter?`,
    ],
    heldOutPhrasings: [({ word }) => `With which letter does ${word} begin?`],
    reply: ({ word }) => oneOf(word[0]!.toUpperCase(), letters, (letter) => `The word ${word} starts with ${letter}.`),
  }),
  defineFamily({
    name: 'last-letter',
    slots: { word: spellingWords },
    phrasings: [
      ({ word }) => `What is the last letter of ${word}?`,
      ({ word }) => `Which letter does ${word} end with?`,
      ({ word }) => `Tell me the last letter of the word ${word}.`,
      ({ word }) => `The word ${word} ends with which letter?`,
    ],
    heldOutPhrasings: [({ word }) => `With which letter does ${word} end?`],
    reply: ({ word }) =>
      oneOf(word.at(-1)!.toUpperCase(), letters, (letter) => `The word ${word} ends with ${letter}.`),
  }),
  defineFamily({
    name: 'counting-letters',
    slots: { word: spellingWords },
    phrasings: [
      ({ word }) => `How many letters are in ${word}?`,
      ({ word }) => `How long is the word ${word}?`,
      ({ word }) => `Count the letters in ${word}.`,
      ({ word }) => `Tell me how many letters ${word} has.`,
    ],
    heldOutPhrasings: [({ word }) => `What is the number of letters in the word ${word}?`],
    reply: ({ word }) => numeric(word.length, (n) => `The word ${word} has ${n} letters.`),
  }),
  defineFamily({
    name: 'reversing',
    slots: { word: shortWords },
    phrasings: [
      ({ word }) => `What is ${word} backwards?`,
      ({ word }) => `Reverse the word ${word}.`,
      ({ word }) => `Write ${word} backwards.`,
      ({ word }) => `How do I write ${word} from back to front?`,
    ],
    heldOutPhrasings: [({ word }) => `Please turn the word ${word} around.`],
    reply: ({ word }) =>
      oneOf(reversed(word), shortWords.map(reversed), (back) => `The word ${word} backwards is ${back}.`),
  }),
  defineFamily({
    name: 'sorting-words',
    slots: { words: triples(sortableWords) },
    phrasings: [
      ({ words }) => `Sort these words: ${words.join(', ')}.`,
      ({ words }) => `Put ${listed(words)} in order from A to Z.`,
      ({ words }) => `Please sort the words ${listed(words)}.`,
      ({ words }) => `Order ${words.join(', ')} by their first letter.`,
    ],
    heldOutPhrasings: [({ words }) => `What is the right order of ${listed(words)} in a dictionary?`],
    reply: ({ words }) => inOrder([...words].sort(), (items) => `In order: ${listed(items)}.`),
  }),
];

/** Words and their relatives. */
export const vocabulary = [
  defineFamily({
    name: 'plurals',
    slots: { word: pluralWords },
    phrasings: [
      ({ word }) => `What is the plural of ${word}?`,
      ({ word }) => `Give me the plural of ${word}.`,
      ({ word }) => `How do I write more than one ${word}?`,
      ({ word }) => `One ${word}, but two what?`,
    ],
    heldOutPhrasings: [({ word }) => `What do we call many of ${word}?`],
    reply: ({ word }) => oneOf(plural(word), plurals, (many) => `The plural is ${many}.`),
  }),
  defineFamily({
    name: 'opposites',
    slots: { entry: polar },
    phrasings: [
      ({ entry }) => `What is the opposite of ${entry.word}?`,
      ({ entry }) => `Tell me the opposite of ${entry.word}.`,
      ({ entry }) => `Which word is the opposite of ${entry.word}?`,
      ({ entry }) => `What is the contrary of ${entry.word}?`,
    ],
    heldOutPhrasings: [({ entry }) => `If it is not ${entry.word}, what is it?`],
    reply: ({ entry }) => oneOf(entry.opposite, poles, (word) => `The opposite of ${entry.word} is ${word}.`),
  }),
  defineFamily({
    name: 'rhymes',
    heldOut: true,
    slots: {
      pair: rhymes.flatMap((group) => group.map((word) => ({ word, partners: group.filter((w) => w !== word) }))),
    },
    phrasings: [
      ({ pair }) => `What rhymes with ${pair.word}?`,
      ({ pair }) => `Which word rhymes with ${pair.word}?`,
      ({ pair }) => `Tell me a word that rhymes with ${pair.word}.`,
      ({ pair }) => `I need a rhyme for ${pair.word}.`,
    ],
    heldOutPhrasings: [({ pair }) => `Find a rhyme for the word ${pair.word}.`],
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
  defineFamily({
    name: 'past-tense',
    heldOut: true,
    slots: { verb: verbs },
    phrasings: [
      ({ verb }) => `What is the past tense of ${verb.now}?`,
      ({ verb }) => `Put the verb ${verb.now} in the past tense.`,
      ({ verb }) => `Today I ${verb.now}. What did I do yesterday, in one word?`,
      ({ verb }) => `Tell me the past of the verb ${verb.now}.`,
    ],
    heldOutPhrasings: [({ verb }) => `How do I say ${verb.now} in the past?`],
    reply: ({ verb }) => oneOf(verb.past, pastForms, (past) => `The past tense of ${verb.now} is ${past}.`),
  }),
  defineFamily({
    name: 'translation',
    slots: { entry: dictionary, language: ['French', 'Spanish', 'German'] },
    phrasings: [
      ({ entry, language }) => `How do I say ${entry.English} in ${language}?`,
      ({ entry, language }) => `What is the ${language} word for ${entry.English}?`,
      ({ entry, language }) => `Translate ${entry.English} to ${language}.`,
      ({ entry, language }) => `What is ${entry.English} in ${language}?`,
    ],
    heldOutPhrasings: [({ entry, language }) => `I need the word ${entry.English} in ${language}.`],
    reply: ({ entry, language }) =>
      oneOf(
        entry[language],
        dictionary.map((other) => other[language]),
        (word) => `In ${language} it is ${word}.`,
      ),
  }),
];
