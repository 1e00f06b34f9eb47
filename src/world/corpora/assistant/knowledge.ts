import { animals, coloredThings, countries, elements, jobs, tools } from './facts.ts';
import { defineFamily } from './family.ts';
import { oneOf } from './reply.ts';
import { a, capitalised, colors, column, distinct, pairs } from './words.ts';

const capitals = countries.map((country) => country.capital);
const countryNames = countries.map((country) => country.name);
const languages = distinct(countries.map((country) => country.language));
const continents = distinct(countries.map((country) => country.continent));
const sounds = animals.filter((animal) => animal.sound);
const legCounts = distinct(animals.map((animal) => animal.legs));
const parents = animals.filter((animal) => animal.young);

/** Facts about countries. */
export const geography = [
  defineFamily('capitals', {
    weight: 2,
    slots: { country: countries },
    reply: ({ country }) => oneOf(country.capital, capitals, (city) => `The capital of ${country.name} is ${city}.`),
  }),
  defineFamily('capital-of-where', {
    slots: { country: countries },
    reply: ({ country }) =>
      oneOf(country.name, countryNames, (name) => `${country.capital} is the capital of ${name}.`),
  }),
  defineFamily('languages', {
    weight: 2,
    slots: { country: countries },
    reply: ({ country }) =>
      oneOf(country.language, languages, (language) => `The language of ${country.name} is ${language}.`),
  }),
  defineFamily('continents', {
    slots: { country: countries },
    reply: ({ country }) => oneOf(country.continent, continents, (continent) => `${country.name} is in ${continent}.`),
  }),
  defineFamily('follow-up-capital', {
    courtesy: false,
    slots: { pair: pairs(countries, countries, (one, other) => one !== other) },
    reply: ({ pair: [, then] }) => oneOf(then.capital, capitals, (city) => `The capital of ${then.name} is ${city}.`),
  }),
];

/** Facts about animals, things and people. */
export const nature = [
  defineFamily('animal-sounds', {
    slots: { animal: sounds },
    reply: ({ animal }) =>
      oneOf(animal.sound, column(sounds, 'sound'), (sound) => `${capitalised(a(animal.name))} says ${sound}.`),
  }),
  defineFamily('animal-young', {
    slots: { animal: parents },
    reply: ({ animal }) =>
      oneOf(animal.young, column(parents, 'young'), (young) => `A young ${animal.name} is called a ${young}.`),
  }),
  defineFamily('legs', {
    slots: { animal: animals },
    reply: ({ animal }) => oneOf(animal.legs, legCounts, (legs) => `${capitalised(a(animal.name))} has ${legs} legs.`),
  }),
  defineFamily('colors', {
    slots: { row: coloredThings },
    reply: ({ row }) => oneOf(row.color, colors, (color) => `${capitalised(row.thing)} is ${color}.`),
  }),
  defineFamily('elements', {
    slots: { element: elements },
    reply: ({ element }) =>
      oneOf(element.symbol, column(elements, 'symbol'), (symbol) => `The symbol for ${element.name} is ${symbol}.`),
  }),
  defineFamily('jobs', {
    slots: { job: jobs },
    reply: ({ job }) => oneOf(job.name, column(jobs, 'name'), (name) => `A ${name} ${job.does}.`),
  }),
  defineFamily('tools', {
    slots: { row: tools },
    reply: ({ row }) => oneOf(row.tool, column(tools, 'tool'), (tool) => `You can use ${tool}.`),
  }),
];
