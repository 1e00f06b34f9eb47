import { animals, coloredThings, countries, elements, jobs, tools } from './facts.ts';
import { defineFamily } from './family.ts';
import { oneOf } from './reply.ts';
import { a, capitalised, colors, distinct, pairs } from './words.ts';

const capitals = countries.map((country) => country.capital);
const countryNames = countries.map((country) => country.name);
const languages = distinct(countries.map((country) => country.language));
const continents = distinct(countries.map((country) => country.continent));
const sounds = animals.filter((animal) => animal.sound);
const legCounts = distinct(animals.map((animal) => animal.legs));
const parents = animals.filter((animal) => animal.young);

/** Facts about countries. */
export const geography = [
  defineFamily({
    name: 'capitals',
    weight: 2,
    slots: { country: countries },
    phrasings: [
      ({ country }) => `What is the capital of ${country.name}?`,
      ({ country }) => `Which city is the capital of ${country.name}?`,
      ({ country }) => `Tell me the capital of ${country.name}.`,
      ({ country }) => `Do you know the capital of ${country.name}?`,
      ({ country }) => `What is ${country.name}'s capital?`,
    ],
    heldOutPhrasings: [({ country }) => `Name the capital city of ${country.name}.`],
    reply: ({ country }) => oneOf(country.capital, capitals, (city) => `The capital of ${country.name} is ${city}.`),
  }),
  defineFamily({
    name: 'capital-of-where',
    slots: { country: countries },
    phrasings: [
      ({ country }) => `${country.capital} is the capital of which country?`,
      ({ country }) => `Which country has the capital ${country.capital}?`,
      ({ country }) => `In which country is ${country.capital}?`,
      ({ country }) => `Where is the city of ${country.capital}?`,
    ],
    heldOutPhrasings: [({ country }) => `Tell me which country ${country.capital} is in.`],
    reply: ({ country }) =>
      oneOf(country.name, countryNames, (name) => `${country.capital} is the capital of ${name}.`),
  }),
  defineFamily({
    name: 'languages',
    weight: 2,
    slots: { country: countries },
    phrasings: [
      ({ country }) => `Which language do people speak in ${country.name}?`,
      ({ country }) => `What language is spoken in ${country.name}?`,
      ({ country }) => `Tell me the language of ${country.name}.`,
      ({ country }) => `I am going to ${country.name}. Which language should I learn?`,
    ],
    heldOutPhrasings: [({ country }) => `What do people in ${country.name} speak?`],
    reply: ({ country }) =>
      oneOf(country.language, languages, (language) => `The language of ${country.name} is ${language}.`),
  }),
  defineFamily({
    name: 'continents',
    slots: { country: countries },
    phrasings: [
      ({ country }) => `On which continent is ${country.name}?`,
      ({ country }) => `Which continent is ${country.name} on?`,
      ({ country }) => `Where in the world is ${country.name}?`,
      ({ country }) => `Tell me the continent of ${country.name}.`,
    ],
    heldOutPhrasings: [({ country }) => `Name the continent where ${country.name} is.`],
    reply: ({ country }) => oneOf(country.continent, continents, (continent) => `${country.name} is in ${continent}.`),
  }),
  defineFamily({
    name: 'follow-up-capital',
    courtesy: false,
    slots: { pair: pairs(countries, countries, (one, other) => one !== other) },
    phrasings: [
      ({ pair: [first, then] }) => [...capitalTurns(first), `And of ${then.name}?`],
      ({ pair: [first, then] }) => [...capitalTurns(first), `And what about ${then.name}?`],
      ({ pair: [first, then] }) => [...capitalTurns(first), `Now the same for ${then.name}, please.`],
      ({ pair: [first, then] }) => [...capitalTurns(first), `Thanks! And ${then.name}?`],
    ],
    heldOutPhrasings: [({ pair: [first, then] }) => [...capitalTurns(first), `What about the one of ${then.name}?`]],
    reply: ({ pair: [, then] }) => oneOf(then.capital, capitals, (city) => `The capital of ${then.name} is ${city}.`),
  }),
];

const capitalTurns = ({ name, capital }: (typeof countries)[number]): string[] => [
  `What is the capital of ${name}?`,
  `The capital of ${name} is ${capital}.`,
];

/** Facts about animals, things and people. */
export const nature = [
  defineFamily({
    name: 'animal-sounds',
    slots: { animal: sounds },
    phrasings: [
      ({ animal }) => `What does ${a(animal.name)} say?`,
      ({ animal }) => `Which sound does ${a(animal.name)} make?`,
      ({ animal }) => `What is the sound of ${a(animal.name)}?`,
      ({ animal }) => `Tell me the sound that ${a(animal.name)} makes.`,
    ],
    heldOutPhrasings: [({ animal }) => `How does ${a(animal.name)} sound?`],
    reply: ({ animal }) =>
      oneOf(
        animal.sound,
        sounds.map((other) => other.sound),
        (sound) => `${capitalised(a(animal.name))} says ${sound}.`,
      ),
  }),
  defineFamily({
    name: 'animal-young',
    slots: { animal: parents },
    phrasings: [
      ({ animal }) => `What is a young ${animal.name} called?`,
      ({ animal }) => `What do you call a baby ${animal.name}?`,
      ({ animal }) => `What is the name for a baby ${animal.name}?`,
      ({ animal }) => `Tell me the word for a young ${animal.name}.`,
    ],
    heldOutPhrasings: [({ animal }) => `How do we call a very young ${animal.name}?`],
    reply: ({ animal }) =>
      oneOf(
        animal.young,
        parents.map((other) => other.young),
        (young) => `A young ${animal.name} is called a ${young}.`,
      ),
  }),
  defineFamily({
    name: 'legs',
    slots: { animal: animals },
    phrasings: [
      ({ animal }) => `How many legs does ${a(animal.name)} have?`,
      ({ animal }) => `On how many legs does ${a(animal.name)} walk?`,
      ({ animal }) => `Tell me how many legs ${a(animal.name)} has.`,
      ({ animal }) => `What is the number of legs of ${a(animal.name)}?`,
      ({ animal }) => `I am drawing ${a(animal.name)}. How many legs should it have?`,
    ],
    heldOutPhrasings: [({ animal }) => `Count the legs of ${a(animal.name)}.`],
    reply: ({ animal }) => oneOf(animal.legs, legCounts, (legs) => `${capitalised(a(animal.name))} has ${legs} legs.`),
  }),
  defineFamily({
    name: 'colors',
    slots: { row: coloredThings },
    phrasings: [
      ({ row }) => `What color is ${row.thing}?`,
      ({ row }) => `Which color does ${row.thing} have?`,
      ({ row }) => `What is the color of ${row.thing}?`,
      ({ row }) => `I want to paint ${row.thing}. Which color do I need?`,
    ],
    heldOutPhrasings: [({ row }) => `Name the color of ${row.thing}.`],
    reply: ({ row }) => oneOf(row.color, colors, (color) => `${capitalised(row.thing)} is ${color}.`),
  }),
  defineFamily({
    name: 'elements',
    slots: { element: elements },
    phrasings: [
      ({ element }) => `What is the chemical symbol for ${element.name}?`,
      ({ element }) => `Which symbol does ${element.name} have?`,
      ({ element }) => `Tell me the symbol of ${element.name}.`,
      ({ element }) => `How do chemists write ${element.name}?`,
    ],
    heldOutPhrasings: [({ element }) => `What is the short sign for ${element.name}?`],
    reply: ({ element }) =>
      oneOf(
        element.symbol,
        elements.map((other) => other.symbol),
        (symbol) => `The symbol for ${element.name} is ${symbol}.`,
      ),
  }),
  defineFamily({
    name: 'jobs',
    slots: { job: jobs },
    phrasings: [
      ({ job }) => `Who ${job.does}?`,
      ({ job }) => `What do you call someone who ${job.does}?`,
      ({ job }) => `Which person ${job.does}?`,
      ({ job }) => `What is the job of a person who ${job.does}?`,
    ],
    heldOutPhrasings: [({ job }) => `My friend ${job.does}. What is the name of that job?`],
    reply: ({ job }) =>
      oneOf(
        job.name,
        jobs.map((other) => other.name),
        (name) => `A ${name} ${job.does}.`,
      ),
  }),
  defineFamily({
    name: 'tools',
    slots: { row: tools },
    phrasings: [
      ({ row }) => `What do I need to ${row.purpose}?`,
      ({ row }) => `What can I use to ${row.purpose}?`,
      ({ row }) => `I want to ${row.purpose}. What should I use?`,
      ({ row }) => `Which thing helps me to ${row.purpose}?`,
    ],
    heldOutPhrasings: [({ row }) => `Tell me what I should take to ${row.purpose}.`],
    reply: ({ row }) =>
      oneOf(
        row.tool,
        tools.map((other) => other.tool),
        (tool) => `You can use ${tool}.`,
      ),
  }),
];
