import { defineFamily } from './family.ts';
import { inOrder, numeric, oneOf } from './reply.ts';
import { countOf, days, listed, months, names, plural, range, triples } from './words.ts';

const around = <T>(ring: readonly T[], at: number): T => ring[((at % ring.length) + ring.length) % ring.length]!;
const sequence = (start: number, step: number, length: number): number[] =>
  range(0, length - 1).map((i) => start + i * step);

const units = [
  { large: 'minute', small: 'second', factor: 60, counts: range(1, 5) },
  { large: 'hour', small: 'minute', factor: 60, counts: range(1, 5) },
  { large: 'day', small: 'hour', factor: 24, counts: range(1, 5) },
  { large: 'week', small: 'day', factor: 7, counts: range(1, 9) },
  { large: 'year', small: 'month', factor: 12, counts: range(1, 5) },
  { large: 'meter', small: 'centimeter', factor: 100, counts: range(1, 9) },
  { large: 'kilometer', small: 'meter', factor: 1000, counts: range(1, 9) },
  { large: 'kilogram', small: 'gram', factor: 1000, counts: range(1, 9) },
].flatMap(({ counts, ...unit }) => counts.map((count) => ({ ...unit, count })));

/** Sequences of numbers, and numbers in order. */
export const sequences = [
  defineFamily({
    name: 'next-number',
    slots: { start: range(0, 10), step: [1, 2, 5, 10] },
    phrasings: [
      ({ start, step }) => `What comes next: ${sequence(start, step, 4).join(', ')}?`,
      ({ start, step }) => `Which number comes after ${sequence(start, step, 4).join(', ')}?`,
      ({ start, step }) => `What is the next number: ${sequence(start, step, 4).join(', ')}?`,
      ({ start, step }) => `Please continue: ${sequence(start, step, 4).join(', ')}.`,
    ],
    heldOutPhrasings: [({ start, step }) => `${sequence(start, step, 4).join(', ')}: which number is next?`],
    reply: ({ start, step }) => numeric(start + 4 * step, (next) => `The next number is ${next}.`),
  }),
  defineFamily({
    name: 'missing-number',
    slots: { start: range(1, 8), step: [1, 2, 5, 10] },
    phrasings: [
      ({ start, step }) => `Which number is missing: ${gap(start, step)}?`,
      ({ start, step }) => `Find the missing number: ${gap(start, step)}.`,
      ({ start, step }) => `What number belongs in the gap: ${gap(start, step)}?`,
      ({ start, step }) => `Please fill the gap: ${gap(start, step)}.`,
    ],
    heldOutPhrasings: [({ start, step }) => `${gap(start, step)}: which number is missing?`],
    reply: ({ start, step }) => numeric(start + 2 * step, (missing) => `The missing number is ${missing}.`),
  }),
  defineFamily({
    name: 'sorting-numbers',
    slots: { numbers: triples(range(1, 12)) },
    phrasings: [
      ({ numbers }) => `Sort these numbers: ${numbers.join(', ')}.`,
      ({ numbers }) => `Put ${listed(numbers.map(String))} in order.`,
      ({ numbers }) => `Please sort the numbers ${listed(numbers.map(String))}.`,
      ({ numbers }) => `Order the numbers ${numbers.join(', ')} from small to big.`,
    ],
    heldOutPhrasings: [({ numbers }) => `What is the right order of ${listed(numbers.map(String))}?`],
    reply: ({ numbers }) =>
      inOrder([...numbers].sort((a, b) => a - b).map(String), (items) => `In order: ${listed(items)}.`),
  }),
];

/** Three numbers with a hole in the middle. */
function gap(start: number, step: number): string {
  const [first, second, , fourth] = sequence(start, step, 4);
  return `${first}, ${second}, ?, ${fourth}`;
}

/** Days, months, clocks and measures. */
export const time = [
  defineFamily({
    name: 'days',
    slots: { day: days, shift: [-1, 1, 2] },
    phrasings: [
      ({ day, shift }) => `What day is ${offset(shift, 'day')} ${day}?`,
      ({ day, shift }) => `Which day is ${offset(shift, 'day')} ${day}?`,
      ({ day, shift }) => `Tell me the day that is ${offset(shift, 'day')} ${day}.`,
      ({ day, shift }) => `I need the day ${offset(shift, 'day')} ${day}. Which one is it?`,
    ],
    heldOutPhrasings: [({ day, shift }) => `Name the day ${offset(shift, 'day')} ${day}.`],
    reply: ({ day, shift }) => oneOf(around(days, days.indexOf(day) + shift), days, (answer) => `It is ${answer}.`),
  }),
  defineFamily({
    name: 'visits',
    heldOut: true,
    slots: { name: names, day: days, stay: range(1, 4) },
    phrasings: [
      ({ name, day, stay }) => `${name} comes on ${day} and stays ${countOf(stay, 'day')}. When does ${name} leave?`,
      ({ name, day, stay }) =>
        `If ${name} comes on ${day} for ${countOf(stay, 'day')}, on which day does ${name} leave?`,
      ({ name, day, stay }) =>
        `${name} will be here on ${day} and leave after ${countOf(stay, 'day')}. Which day is that?`,
      ({ name, day, stay }) => `${name} came on ${day} for ${countOf(stay, 'day')}. On which day does ${name} go home?`,
    ],
    heldOutPhrasings: [
      ({ name, day, stay }) => `When does ${name} leave after coming on ${day} for ${countOf(stay, 'day')}?`,
    ],
    reply: ({ name, day, stay }) =>
      oneOf(around(days, days.indexOf(day) + stay), days, (answer) => `${name} leaves on ${answer}.`),
  }),
  defineFamily({
    name: 'months',
    slots: { month: months, shift: [-2, -1, 1, 2] },
    phrasings: [
      ({ month, shift }) => `What month is ${offset(shift, 'month')} ${month}?`,
      ({ month, shift }) => `Which month is ${offset(shift, 'month')} ${month}?`,
      ({ month, shift }) => `Tell me the month that is ${offset(shift, 'month')} ${month}.`,
      ({ month, shift }) => `I need the month ${offset(shift, 'month')} ${month}. Which one is it?`,
    ],
    heldOutPhrasings: [({ month, shift }) => `Name the month ${offset(shift, 'month')} ${month}.`],
    reply: ({ month, shift }) =>
      oneOf(around(months, months.indexOf(month) + shift), months, (answer) => `It is ${answer}.`),
  }),
  defineFamily({
    name: 'clock',
    slots: { hour: range(1, 12), later: range(1, 4) },
    phrasings: [
      ({ hour, later }) => `It is ${hour} o'clock. What time is it in ${countOf(later, 'hour')}?`,
      ({ hour, later }) => `What time is ${countOf(later, 'hour')} after ${hour} o'clock?`,
      ({ hour, later }) =>
        `The train leaves at ${hour} o'clock and takes ${countOf(later, 'hour')}. When does it arrive?`,
      ({ hour, later }) => `I sleep at ${hour} o'clock for ${countOf(later, 'hour')}. When do I wake up?`,
    ],
    heldOutPhrasings: [({ hour, later }) => `My clock says ${hour}. What will it say in ${countOf(later, 'hour')}?`],
    reply: ({ hour, later }) => numeric(((hour + later - 1) % 12) + 1, (then) => `At ${then} o'clock.`),
  }),
  defineFamily({
    name: 'conversion',
    slots: { unit: units },
    phrasings: [
      ({ unit: { count, large, small } }) => `How many ${plural(small)} are in ${countOf(count, large)}?`,
      ({ unit: { count, large, small } }) => `What is ${countOf(count, large)} in ${plural(small)}?`,
      ({ unit: { count, large, small } }) => `Please convert ${countOf(count, large)} to ${plural(small)}.`,
      ({ unit: { count, large, small } }) => `Tell me how many ${plural(small)} ${countOf(count, large)} has.`,
    ],
    heldOutPhrasings: [
      ({ unit: { count, large, small } }) => `I have ${countOf(count, large)}. How many ${plural(small)} is that?`,
    ],
    reply: ({ unit: { count, large, small, factor } }) =>
      numeric(count * factor, (n) => `${countOf(count, large)} is ${n} ${plural(small)}.`),
  }),
];

/** `2 days before`, `1 day after`. */
function offset(shift: number, unit: string): string {
  return `${countOf(Math.abs(shift), unit)} ${shift < 0 ? 'before' : 'after'}`;
}
