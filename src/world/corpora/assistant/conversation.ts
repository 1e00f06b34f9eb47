import { countries, moods, occasions, topics } from './facts.ts';
import { defineFamily } from './family.ts';
import { fill } from './phrasing.ts';
import { free, oneOf } from './reply.ts';
import { a, colors, days, names, objects, pairs, pets } from './words.ts';

const cities = countries.map((country) => country.capital);

/** Talk for its own sake: learned, and not scored. */
export const smallTalk = [
  defineFamily('small-talk', {
    slots: { topic: topics },
    reply: ({ topic }) => free(topic.reply),
  }),
  defineFamily('greetings', {
    courtesy: false,
    slots: { name: names, hour: ['morning', 'afternoon', 'evening'], day: days },
    reply: ({ name, hour }) => free(`Good ${hour}, ${name}! How can I help you?`),
  }),
  defineFamily('feelings', {
    slots: { name: names, feeling: moods },
    reply: ({ name, feeling }) => free(fill(feeling.reply, { name })),
  }),
  defineFamily('wishes', {
    slots: { name: names, occasion: occasions },
    reply: ({ name, occasion }) => free(fill(occasion.wish, { name })),
  }),
];

/** What was said a moment ago. */
export const recall = [
  defineFamily('name-recall', {
    courtesy: false,
    slots: { name: names, color: colors },
    reply: ({ name }) => oneOf(name, names, (who) => `Your name is ${who}.`),
  }),
  defineFamily('pet-recall', {
    courtesy: false,
    slots: { name: names, pet: pets },
    reply: ({ pet }) => oneOf(pet, pets, (animal) => `You have ${animal ? a(animal) : ''}.`),
  }),
  defineFamily('home-recall', {
    slots: { name: names, city: cities },
    reply: ({ name, city }) => oneOf(city, cities, (where) => `${name} lives in ${where}.`),
  }),
  defineFamily('who-has', {
    weight: 2,
    slots: {
      people: pairs(names, names, (one, other) => one !== other),
      things: pairs(objects, objects, (one, other) => one !== other),
      asked: [0, 1],
    },
    says: ({ things, asked }) => ({ thing: things[asked] }),
    reply: ({ people, things, asked }) =>
      oneOf(people[asked ? 1 : 0], people, (who) => `${who} has the ${things[asked ? 1 : 0]}.`),
  }),
  defineFamily('taller', {
    heldOut: true,
    slots: { people: pairs(names, names, (one, other) => one !== other), tall: [true, false] },
    says: ({ tall }) => (tall ? { taller: 'taller', tall: 'tall' } : { taller: 'shorter', tall: 'short' }),
    reply: ({ people: [p, q], tall }) =>
      oneOf(tall ? p : q, [p, q], (who) => `${who} is ${tall ? 'taller' : 'shorter'}.`),
  }),
];
