import { describe, expect, it } from 'vitest';
import { columns, wrap } from '../../src/lib/text.ts';

const rows = [
  ['  tag', 'a fixed text in the prompt', '12'],
  ['  rare-token', 'one token', '3'],
];

describe('columns', () => {
  it('are as wide as their widest cells where there is room', () => {
    expect(columns(rows, { width: 80, right: [2] })).toEqual([
      '  tag         a fixed text in the prompt  12',
      '  rare-token  one token                    3',
    ]);
  });

  it('wrap their widest cells, below their own indentation, where there is none', () => {
    expect(columns(rows, { width: 32, right: [2] })).toEqual([
      '  tag         a fixed text    12',
      '              in the prompt',
      '  rare-token  one token        3',
    ]);
    expect(columns(rows, { width: 24, right: [2] })).toEqual([
      '  tag         a       12',
      '              fixed',
      '              text',
      '              in the',
      '              prompt',
      '  rare-token  one      3',
      '              token',
    ]); // words stay whole
    expect(columns(rows, { width: 20, right: [2] })).toEqual([
      '  tag     a       12',
      '          fixed',
      '          text',
      '          in the',
      '          prompt',
      '  rare-t  one      3',
      '  oken    token',
    ]); // until there is no other way
  });

  it('count what is seen, not the colors', () => {
    expect(columns([['\u001b[1mab\u001b[22m', 'c'], ['abc', 'd']], { width: 80 })).toEqual([
      '\u001b[1mab\u001b[22m   c',
      'abc  d',
    ]); // prettier-ignore
  });
});

it('wrap breaks at blanks, cuts a word that is longer than a line, and keeps line breaks', () => {
  expect(wrap('to be or not', 5)).toEqual(['to be', 'or', 'not']);
  expect(wrap('abcdefgh i', 5)).toEqual(['abcde', 'fgh i']);
  expect(wrap('a\nb', 5)).toEqual(['a', 'b']);
});
