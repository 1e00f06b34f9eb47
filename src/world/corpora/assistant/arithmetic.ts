import { defineFamily } from './family.ts';
import { numeric, oneOf, verdict } from './reply.ts';
import { countOf, names, objects, pairs, plural, range } from './words.ts';

/** Bare arithmetic on small numbers. */
export const arithmetic = [
  defineFamily('addition', {
    weight: 3,
    slots: { a: range(0, 10), b: range(0, 10) },
    reply: ({ a, b }) => numeric(a + b, (sum) => `${a} plus ${b} is ${sum}.`),
  }),
  defineFamily('subtraction', {
    weight: 3,
    slots: { pair: pairs(range(0, 12), range(0, 12), (a, b) => b <= a) },
    reply: ({ pair: [a, b] }) => numeric(a - b, (rest) => `${a} minus ${b} is ${rest}.`),
  }),
  defineFamily('multiplication', {
    weight: 2,
    slots: { a: range(1, 6), b: range(1, 10) },
    reply: ({ a, b }) => numeric(a * b, (product) => `${a} times ${b} is ${product}.`),
  }),
  defineFamily('doubling', {
    heldOut: true,
    slots: { n: range(1, 30) },
    reply: ({ n }) => numeric(2 * n, (double) => `Double ${n} is ${double}.`),
  }),
  defineFamily('comparison', {
    weight: 2,
    slots: { pair: pairs(range(0, 20), range(0, 20), (a, b) => a !== b), big: [true, false] },
    says: ({ big }) => ({ bigger: big ? 'bigger' : 'smaller' }),
    reply: ({ pair: [a, b], big }) =>
      oneOf(
        String(a > b === big ? a : b),
        [String(a), String(b)],
        (n) => `The ${big ? 'bigger' : 'smaller'} number is ${n}.`,
      ),
  }),
  defineFamily('even-or-odd', {
    slots: { n: range(0, 99) },
    reply: ({ n }) => verdict(n % 2 === 0, `${n} is even.`, `${n} is odd.`),
  }),
  defineFamily('follow-up-sum', {
    courtesy: false,
    slots: { a: range(1, 6), b: range(1, 6), c: range(1, 5) },
    says: ({ a, b }) => ({ sum: a + b }),
    reply: ({ a, b, c }) => numeric(a + b + c, (sum) => `That makes ${sum}.`),
  }),
];

/** The same arithmetic, told about people and things. */
export const wordProblems = [
  defineFamily('getting-more', {
    weight: 2,
    slots: { name: names, object: objects, a: range(2, 9), b: range(1, 5) },
    reply: ({ name, object, a, b }) => numeric(a + b, (sum) => `${name} has ${countOf(sum, object)}.`),
  }),
  defineFamily('giving-away', {
    weight: 2,
    slots: { name: names, object: objects, pair: pairs(range(2, 9), range(1, 5), (a, b) => b < a) },
    reply: ({ name, object, pair: [a, b] }) => numeric(a - b, (rest) => `${name} has ${countOf(rest, object)} left.`),
  }),
  defineFamily('sharing', {
    slots: { name: names, object: objects, friends: range(2, 4), each: range(1, 5) },
    says: ({ friends, each }) => ({ all: friends * each }),
    reply: ({ object, each }) => numeric(each, (share) => `Each friend gets ${countOf(share, object)}.`),
  }),
  defineFamily('prices', {
    slots: { object: objects, price: range(1, 5), count: range(2, 5) },
    says: ({ price }) => ({ dollars: countOf(price, 'dollar') }),
    reply: ({ object, price, count }) =>
      numeric(price * count, (total) => `${count} ${plural(object)} cost ${total} dollars.`),
  }),
];
