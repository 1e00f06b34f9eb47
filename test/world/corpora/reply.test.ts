import { describe, expect, it } from 'vitest';
import { permutation } from '../../../src/world/corpora/assistant/permutation.ts';
import {
  code,
  inOrder,
  matching,
  numeric,
  oneOf,
  several,
  verdict,
  type Reply,
} from '../../../src/world/corpora/assistant/reply.ts';
import { a, countOf, listed, plural } from '../../../src/world/corpora/assistant/words.ts';

/** Which of these replies are right? */
const judged = (reply: Reply, right: string[], wrong: string[]): void => {
  for (const text of [reply.answer, ...right]) expect(reply.isCorrect!(text), text).toBe(true);
  for (const text of [reply.wrong!, ...wrong]) expect(reply.isCorrect!(text), text).toBe(false);
};

describe('a rule judges the value, not the style', () => {
  it('numeric: the last number', () => {
    judged(
      numeric(7, (n) => `3 plus 4 is ${n}.`),
      ['7', 'It is 7!', '4 + 3 = 7', 'The answer: 7.0'],
      ['3 plus 4 is 77.', 'seven', '7 plus 4 is 11', '3 plus 4', '7.5'],
    );
    judged(
      numeric(2000, (n) => `2 kilometers is ${n} meters.`),
      ['That is 2,000 meters.'],
      ['2'],
    );
  });

  it('oneOf: this value and no other, whole words only', () => {
    const cities = ['Paris', 'Rome', 'Buenos Aires'];
    judged(
      oneOf('Rome', cities, (city) => `The capital is ${city}.`),
      ['rome', 'Rome, of course!'],
      ['Romeo', 'Rome or Paris', 'Milan'],
    );
    judged(
      oneOf('Buenos Aires', cities, (city) => `It is ${city}.`),
      ['BUENOS AIRES'],
      ['Buenos', 'Aires'],
    );
    judged(
      oneOf('Ben', ['Ada', 'Ben'], (who) => `Ada asked, and ${who} has it.`),
      ['Ada, it is Ben.'],
      ['Ada has it.'],
    );
  });

  it('verdict: the first word', () => {
    judged(verdict(true, '4 is even.', '4 is odd.'), ['Yes', 'yes, it is'], ['No', 'It is, yes', 'Yesterday']);
    judged(verdict(false, '3 is even.', '3 is odd.'), ['No.'], ['Not sure', 'Yes']);
  });

  it('inOrder: all of them, in this order', () => {
    judged(
      inOrder(['2', '5', '11'], (items) => `In order: ${listed(items)}.`),
      ['2 5 11', '2, 5, 11'],
      ['2, 11, 5', '2, 5', '2, 5, 11, 2'],
    );
  });

  it('several: as many as asked, none that is banned', () => {
    judged(
      several(
        { count: 2, allowed: ['pear', 'plum', 'grape'], banned: ['apple'] },
        'Two fruits are pear and plum.',
        'Two fruits are pear and apple.',
      ),
      ['grape, pear'],
      ['pear', 'pear and pear', 'pear, plum, grape', 'pear, plum, apple'],
    );
  });

  it('matching and code', () => {
    judged(matching(/\bdo not know\b/i, 'I do not know.', 'He ate soup.'), ['Sorry, I DO NOT KNOW that.'], ['I know.']);
    judged(
      code('const f = (x) => x + 3;', 'const f = (x) => x + 4;'),
      ['const f=(x)=>x+3'],
      ['const f = (x) => x - 3;', 'const f = (x) => x + 3; f(1);', 'const f = (x) => x + 3;\nconst g = 1;', 'const f'],
    );
    judged(code('console.log("cat");', 'console.log("CAT");'), ["console.log('cat')"], ['console.log(cat)']);
  });
});

describe('words', () => {
  it('have plurals and articles', () => {
    expect(['cat', 'box', 'city', 'mouse', 'key', 'cherry', 'brush', 'knife'].map(plural)).toEqual([
      'cats',
      'boxes',
      'cities',
      'mice',
      'keys',
      'cherries',
      'brushes',
      'knives',
    ]);
    expect([countOf(1, 'day'), countOf(0, 'day'), countOf(3, 'fish')]).toEqual(['1 day', '0 days', '3 fish']);
    expect([a('apple'), a('pear')]).toEqual(['an apple', 'a pear']);
    expect([listed(['x']), listed(['x', 'y']), listed(['x', 'y', 'z'])]).toEqual(['x', 'x and y', 'x, y and z']);
  });
});

describe('permutation', () => {
  it.each([1, 2, 3, 7, 64, 1000, 4097])('visits each of %i integers once', (n) => {
    const image = Array.from({ length: n }, (_, i) => permutation(n, 5)(i));
    expect([...image].sort((x, y) => x - y)).toEqual(Array.from({ length: n }, (_, i) => i));
  });

  it('is scrambled, and differs by seed', () => {
    const image = (seed: number): number[] => Array.from({ length: 1000 }, (_, i) => permutation(1000, seed)(i));
    expect(image(1)).not.toEqual(image(2));
    const steps = image(1).map((x, i, all) => Math.abs(x - (all[i - 1] ?? 0)));
    expect(steps.reduce((sum, step) => sum + step) / 1000).toBeGreaterThan(250); // uniform pairs: 333
  });
});
