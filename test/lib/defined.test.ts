import { expect, it } from 'vitest';
import { defined } from '../../src/lib/defined.ts';

it('leaves out what is undefined, and nothing else', () => {
  const found = defined({ a: undefined, b: 0, c: '', d: null, e: false, f: 'x' });
  expect(Object.entries(found)).toEqual([['b', 0], ['c', ''], ['d', null], ['e', false], ['f', 'x']]); // prettier-ignore
});
