import { units } from './facts.ts';
import { defineFamily } from './family.ts';
import { inOrder, numeric, oneOf } from './reply.ts';
import { countOf, days, listed, months, names, plural, range, triples } from './words.ts';

const around = <T>(ring: readonly T[], at: number): T => ring[((at % ring.length) + ring.length) % ring.length]!;
const sequence = (start: number, step: number, length: number): number[] =>
  range(0, length - 1).map((i) => start + i * step);

const measures = units.flatMap(({ large, small, factor, most }) =>
  range(1, Number(most)).map((count) => ({ large, small, factor: Number(factor), count })),
);

/** Sequences of numbers, and numbers in order. */
export const sequences = [
  defineFamily('next-number', {
    slots: { start: range(0, 10), step: [1, 2, 5, 10] },
    says: ({ start, step }) => ({ numbers: sequence(start, step, 4) }),
    reply: ({ start, step }) => numeric(start + 4 * step, (next) => `The next number is ${next}.`),
  }),
  defineFamily('missing-number', {
    slots: { start: range(1, 8), step: [1, 2, 5, 10] },
    says: ({ start, step }) => ({ numbers: sequence(start, step, 4).map((n, i) => (i === 2 ? '?' : n)) }),
    reply: ({ start, step }) => numeric(start + 2 * step, (missing) => `The missing number is ${missing}.`),
  }),
  defineFamily('sorting-numbers', {
    slots: { numbers: triples(range(1, 12)) },
    reply: ({ numbers }) =>
      inOrder([...numbers].sort((a, b) => a - b).map(String), (items) => `In order: ${listed(items)}.`),
  }),
];

/** Days, months, clocks and measures. */
export const time = [
  defineFamily('days', {
    slots: { day: days, shift: [-1, 1, 2] },
    says: ({ shift }) => ({ offset: offset(shift, 'day') }),
    reply: ({ day, shift }) => oneOf(around(days, days.indexOf(day) + shift), days, (answer) => `It is ${answer}.`),
  }),
  defineFamily('visits', {
    heldOut: true,
    slots: { name: names, day: days, stay: range(1, 4) },
    says: ({ stay }) => ({ days: countOf(stay, 'day') }),
    reply: ({ name, day, stay }) =>
      oneOf(around(days, days.indexOf(day) + stay), days, (answer) => `${name} leaves on ${answer}.`),
  }),
  defineFamily('months', {
    slots: { month: months, shift: [-2, -1, 1, 2] },
    says: ({ shift }) => ({ offset: offset(shift, 'month') }),
    reply: ({ month, shift }) =>
      oneOf(around(months, months.indexOf(month) + shift), months, (answer) => `It is ${answer}.`),
  }),
  defineFamily('clock', {
    slots: { hour: range(1, 12), later: range(1, 4) },
    says: ({ later }) => ({ hours: countOf(later, 'hour') }),
    reply: ({ hour, later }) => numeric(((hour + later - 1) % 12) + 1, (then) => `At ${then} o'clock.`),
  }),
  defineFamily('conversion', {
    slots: { unit: measures },
    reply: ({ unit: { count, large, small, factor } }) =>
      numeric(count * factor, (n) => `${countOf(count, large)} is ${n} ${plural(small)}.`),
  }),
];

/** `2 days before`, `1 day after`. */
function offset(shift: number, unit: string): string {
  return `${countOf(Math.abs(shift), unit)} ${shift < 0 ? 'before' : 'after'}`;
}
