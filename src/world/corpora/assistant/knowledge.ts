import { animals, coloredThings, countries, elements, jobs, tools } from './facts.ts';
import { defineFamily, factFamily } from './family.ts';
import { oneOf } from './reply.ts';
import { capitalised, colors, pairs } from './words.ts';

const capitals = countries.map((country) => country.capital);
const sounds = animals.filter((animal) => animal.sound);
const parents = animals.filter((animal) => animal.young);

/** Facts about countries. */
export const geography = [
  factFamily('capitals', 'country', countries, 'capital', { weight: 2 }),
  factFamily('capital-of-where', 'country', countries, 'name'),
  factFamily('languages', 'country', countries, 'language', { weight: 2 }),
  factFamily('continents', 'country', countries, 'continent'),
  defineFamily('follow-up-capital', {
    courtesy: false,
    slots: { pair: pairs(countries, countries, (one, other) => one !== other) },
    reply: ({ pair: [, then] }) => oneOf(then.capital, capitals, (city) => `The capital of ${then.name} is ${city}.`),
  }),
];

/** Facts about animals, things and people. */
export const nature = [
  factFamily('animal-sounds', 'animal', sounds, 'sound'),
  factFamily('animal-young', 'animal', parents, 'young'),
  factFamily('legs', 'animal', animals, 'legs'),
  defineFamily('colors', {
    slots: { row: coloredThings },
    reply: ({ row }) => oneOf(row.color, colors, (color) => `${capitalised(row.thing)} is ${color}.`),
  }),
  factFamily('elements', 'element', elements, 'symbol'),
  factFamily('jobs', 'job', jobs, 'name'),
  factFamily('tools', 'row', tools, 'tool'),
];
