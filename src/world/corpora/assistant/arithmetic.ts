import { defineFamily } from './family.ts';
import { numeric, oneOf, verdict } from './reply.ts';
import { countOf, names, objects, pairs, plural, range } from './words.ts';

/** Bare arithmetic on small numbers. */
export const arithmetic = [
  defineFamily({
    name: 'addition',
    weight: 3,
    slots: { a: range(0, 10), b: range(0, 10) },
    phrasings: [
      ({ a, b }) => `What is ${a} plus ${b}?`,
      ({ a, b }) => `Add ${a} and ${b}.`,
      ({ a, b }) => `What is the sum of ${a} and ${b}?`,
      ({ a, b }) => `How much is ${a} + ${b}?`,
      ({ a, b }) => `Please compute ${a} + ${b}.`,
    ],
    heldOutPhrasings: [({ a, b }) => `If I add ${b} to ${a}, what do I get?`],
    reply: ({ a, b }) => numeric(a + b, (sum) => `${a} plus ${b} is ${sum}.`),
  }),
  defineFamily({
    name: 'subtraction',
    weight: 3,
    slots: { pair: pairs(range(0, 12), range(0, 12), (a, b) => b <= a) },
    phrasings: [
      ({ pair: [a, b] }) => `What is ${a} minus ${b}?`,
      ({ pair: [a, b] }) => `Take ${b} away from ${a}.`,
      ({ pair: [a, b] }) => `How much is ${a} - ${b}?`,
      ({ pair: [a, b] }) => `Please compute ${a} - ${b}.`,
    ],
    heldOutPhrasings: [({ pair: [a, b] }) => `What is left of ${a} if I take ${b} away?`],
    reply: ({ pair: [a, b] }) => numeric(a - b, (rest) => `${a} minus ${b} is ${rest}.`),
  }),
  defineFamily({
    name: 'multiplication',
    weight: 2,
    slots: { a: range(1, 6), b: range(1, 10) },
    phrasings: [
      ({ a, b }) => `What is ${a} times ${b}?`,
      ({ a, b }) => `Multiply ${a} by ${b}.`,
      ({ a, b }) => `How much is ${a} * ${b}?`,
      ({ a, b }) => `What is the product of ${a} and ${b}?`,
    ],
    heldOutPhrasings: [({ a, b }) => `Please work out ${a} times ${b}.`],
    reply: ({ a, b }) => numeric(a * b, (product) => `${a} times ${b} is ${product}.`),
  }),
  defineFamily({
    name: 'doubling',
    heldOut: true,
    slots: { n: range(1, 30) },
    phrasings: [
      ({ n }) => `What is double ${n}?`,
      ({ n }) => `Please double ${n}.`,
      ({ n }) => `What do I get if I double ${n}?`,
      ({ n }) => `Tell me what twice ${n} is.`,
    ],
    heldOutPhrasings: [({ n }) => `Can you double the number ${n}?`],
    reply: ({ n }) => numeric(2 * n, (double) => `Double ${n} is ${double}.`),
  }),
  defineFamily({
    name: 'comparison',
    weight: 2,
    slots: { pair: pairs(range(0, 20), range(0, 20), (a, b) => a !== b), big: [true, false] },
    phrasings: [
      ({ pair: [a, b], big }) => `Which number is ${big ? 'bigger' : 'smaller'}, ${a} or ${b}?`,
      ({ pair: [a, b], big }) => `Which is the ${big ? 'bigger' : 'smaller'} number: ${a} or ${b}?`,
      ({ pair: [a, b], big }) => `Tell me the ${big ? 'bigger' : 'smaller'} one of ${a} and ${b}.`,
      ({ pair: [a, b], big }) => `Of ${a} and ${b}, which number is ${big ? 'bigger' : 'smaller'}?`,
    ],
    heldOutPhrasings: [({ pair: [a, b], big }) => `${a} or ${b}: which one is ${big ? 'bigger' : 'smaller'}?`],
    reply: ({ pair: [a, b], big }) =>
      oneOf(
        String(a > b === big ? a : b),
        [String(a), String(b)],
        (n) => `The ${big ? 'bigger' : 'smaller'} number is ${n}.`,
      ),
  }),
  defineFamily({
    name: 'even-or-odd',
    slots: { n: range(0, 99) },
    phrasings: [
      ({ n }) => `Is ${n} an even number?`,
      ({ n }) => `Is the number ${n} even?`,
      ({ n }) => `Tell me if ${n} is even.`,
      ({ n }) => `Can you say if ${n} is an even number?`,
    ],
    heldOutPhrasings: [({ n }) => `I want to know if ${n} is even.`],
    reply: ({ n }) => verdict(n % 2 === 0, `${n} is even.`, `${n} is odd.`),
  }),
  defineFamily({
    name: 'follow-up-sum',
    courtesy: false,
    slots: { a: range(1, 6), b: range(1, 6), c: range(1, 5) },
    phrasings: [
      ({ a, b, c }) => [`What is ${a} plus ${b}?`, `${a} plus ${b} is ${a + b}.`, `And plus ${c}?`],
      ({ a, b, c }) => [`Add ${a} and ${b}.`, `${a} plus ${b} is ${a + b}.`, `Now add ${c}.`],
      ({ a, b, c }) => [`How much is ${a} + ${b}?`, `${a} plus ${b} is ${a + b}.`, `And ${c} more?`],
      ({ a, b, c }) => [`What is ${a} plus ${b}?`, `${a} plus ${b} is ${a + b}.`, `Please add ${c} to that.`],
    ],
    heldOutPhrasings: [
      ({ a, b, c }) => [`Add ${a} and ${b}.`, `${a} plus ${b} is ${a + b}.`, `What if I add ${c} more?`],
    ],
    reply: ({ a, b, c }) => numeric(a + b + c, (sum) => `That makes ${sum}.`),
  }),
];

/** The same arithmetic, told about people and things. */
export const wordProblems = [
  defineFamily({
    name: 'getting-more',
    weight: 2,
    slots: { name: names, object: objects, a: range(2, 9), b: range(1, 5) },
    phrasings: [
      ({ name, object, a, b }) => `${name} has ${countOf(a, object)} and gets ${b} more. How many are there now?`,
      ({ name, object, a, b }) => `${name} has ${countOf(a, object)} and buys ${b} more. How many are there now?`,
      ({ name, object, a, b }) => `${name} finds ${countOf(a, object)} and then ${b} more. How many is that?`,
      ({ name, object, a, b }) => `How many ${plural(object)} does ${name} have if ${name} had ${a} and got ${b} more?`,
    ],
    heldOutPhrasings: [
      ({ name, object, a, b }) => `I gave ${name} ${countOf(a, object)}, and then ${b} more. How many is that?`,
    ],
    reply: ({ name, object, a, b }) => numeric(a + b, (sum) => `${name} has ${countOf(sum, object)}.`),
  }),
  defineFamily({
    name: 'giving-away',
    weight: 2,
    slots: { name: names, object: objects, pair: pairs(range(2, 9), range(1, 5), (a, b) => b < a) },
    phrasings: [
      ({ name, object, pair: [a, b] }) => `${name} has ${countOf(a, object)} and gives away ${b}. How many are left?`,
      ({ name, object, pair: [a, b] }) => `${name} has ${countOf(a, object)} and loses ${b}. How many are left?`,
      ({ name, object, pair: [a, b] }) => `${name} had ${countOf(a, object)} and sold ${b}. How many are left?`,
      ({ name, object, pair: [a, b] }) =>
        `How many ${plural(object)} does ${name} have if ${name} had ${a} and lost ${b}?`,
    ],
    heldOutPhrasings: [
      ({ name, object, pair: [a, b] }) =>
        `I took ${b} of the ${countOf(a, object)} that ${name} had. How many are left?`,
    ],
    reply: ({ name, object, pair: [a, b] }) => numeric(a - b, (rest) => `${name} has ${countOf(rest, object)} left.`),
  }),
  defineFamily({
    name: 'sharing',
    slots: { name: names, object: objects, friends: range(2, 4), each: range(1, 5) },
    phrasings: [
      ({ name, object, friends: k, each }) =>
        `${name} shares ${k * each} ${plural(object)} with ${k} friends. How many does each friend get?`,
      ({ name, object, friends: k, each }) =>
        `${name} gives ${k * each} ${plural(object)} to ${k} friends. How many are there for each friend?`,
      ({ name, object, friends: k, each }) =>
        `If ${name} shares ${k * each} ${plural(object)} with ${k} friends, what does each friend get?`,
      ({ name, object, friends: k, each }) =>
        `${k} friends of ${name} share ${k * each} ${plural(object)}. How many does each friend get?`,
    ],
    heldOutPhrasings: [
      ({ name, object, friends: k, each }) =>
        `${name} has ${k * each} ${plural(object)} for ${k} friends. How many for each?`,
    ],
    reply: ({ object, each }) => numeric(each, (share) => `Each friend gets ${countOf(share, object)}.`),
  }),
  defineFamily({
    name: 'prices',
    slots: { object: objects, price: range(1, 5), count: range(2, 5) },
    phrasings: [
      ({ object, price, count }) =>
        `One ${object} costs ${countOf(price, 'dollar')}. How much do ${count} ${plural(object)} cost?`,
      ({ object, price, count }) =>
        `How much do ${count} ${plural(object)} cost if one costs ${countOf(price, 'dollar')}?`,
      ({ object, price, count }) =>
        `I want to buy ${count} ${plural(object)} for ${countOf(price, 'dollar')} each. What do I pay?`,
      ({ object, price, count }) =>
        `If one ${object} costs ${countOf(price, 'dollar')}, what do ${count} ${plural(object)} cost?`,
    ],
    heldOutPhrasings: [
      ({ object, price, count }) => `What do I pay for ${count} ${plural(object)} at ${countOf(price, 'dollar')} each?`,
    ],
    reply: ({ object, price, count }) =>
      numeric(price * count, (total) => `${count} ${plural(object)} cost ${total} dollars.`),
  }),
];
