import { expect, it } from 'vitest';
import { placeNames } from '../../src/report/labels.ts';

const frame = { width: 400, height: 250 };

it('puts a name beside the end of its line', () => {
  const [only] = placeNames(['sft'], [[{ x: 40, y: 20 }, { x: 300, y: 200 }]], frame); // prettier-ignore
  expect(only).toEqual({ dx: 9, dy: 0, textAnchor: 'start' });
});

it('keeps names of lines that end together apart', () => {
  const lines = [0, 0, 0].map(() => [{ x: 40, y: 20 }, { x: 300, y: 200 }]); // prettier-ignore
  const places = placeNames(['a', 'b', 'c'], lines, frame).map(({ dy }) => dy);
  for (const [i, a] of places.entries())
    for (const b of places.slice(i + 1)) expect(Math.abs(a - b)).toBeGreaterThan(13);
});

it('does not write over another line', () => {
  const lines = [
    [{ x: 40, y: 100 }, { x: 150, y: 100 }],
    [{ x: 40, y: 102 }, { x: 350, y: 102 }],
  ]; // prettier-ignore
  expect(placeNames(['short', 'long'], lines, frame)[0]?.dy).not.toBe(0);
});
