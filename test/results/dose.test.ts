import { describe, expect, it } from 'vitest';
import { doseAt, minus, monotone } from '../../src/results/dose.ts';

const curve = (...ys: readonly number[]) => ys.map((y, x) => ({ x, y }));
const ysOf = (ys: readonly { y: number }[]): number[] => ys.map(({ y }) => Number(y.toFixed(6)));

describe('monotone', () => {
  it('leaves alone what is monotone, and pools what is not', () => {
    expect(ysOf(monotone(curve(1, 0.7, 0.7, 0.1), 'falls'))).toEqual([1, 0.7, 0.7, 0.1]);
    expect(ysOf(monotone(curve(1, 0.4, 0.6, 0.1), 'falls'))).toEqual([1, 0.5, 0.5, 0.1]);
    expect(ysOf(monotone(curve(0.2, 0.1, 0.6), 'rises'))).toEqual([0.15, 0.15, 0.6]);
    // as scipy.optimize.isotonic_regression(..., increasing=False)
    expect(ysOf(monotone(curve(0.9, 0.95, 0.3, 0.5, 0.1), 'falls'))).toEqual([0.925, 0.925, 0.4, 0.4, 0.1]);
  });

  it('puts doses in order first', () => {
    const points = [{ x: 2, y: 0.1 }, { x: 0, y: 1 }, { x: 1, y: 0.5 }]; // prettier-ignore
    expect(monotone(points, 'falls')).toEqual(curve(1, 0.5, 0.1));
  });
});

describe('doseAt', () => {
  it('is exact where the doses bracket the level', () => {
    expect(doseAt(curve(1, 0.8, 0.2, 0), 0.5, 'falls')).toEqual({ low: 1.5, high: 1.5 });
    expect(doseAt(curve(0, 0.2, 0.8), 0.5, 'rises')).toEqual({ low: 1.5, high: 1.5 });
    expect(doseAt(curve(0.5, 0.4), 0.5, 'falls')).toEqual({ low: 0, high: 0 });
  });

  it('is a bound where they do not', () => {
    expect(doseAt(curve(1, 0.9, 0.6), 0.5, 'falls')).toEqual({ low: 2, high: Infinity });
    expect(doseAt(curve(0.4, 0.3, 0.1), 0.5, 'falls')).toEqual({ low: -Infinity, high: 0 });
    expect(doseAt(curve(0.1, 0.2), 0.5, 'rises')).toEqual({ low: 1, high: Infinity });
    expect(doseAt([], 0.5, 'falls')).toEqual({ low: -Infinity, high: Infinity });
    expect(doseAt(curve(1, NaN, 0), 0.5, 'falls')).toEqual({ low: NaN, high: NaN });
  });
});

it('minus keeps what is known of a difference', () => {
  expect(minus({ low: 3, high: 3 }, { low: 1, high: 2 })).toEqual({ low: 1, high: 2 });
  expect(minus({ low: 3, high: Infinity }, { low: 1, high: 1 })).toEqual({ low: 2, high: Infinity });
  expect(minus({ low: 3, high: Infinity }, { low: 3, high: Infinity })).toEqual({ low: -Infinity, high: Infinity });
});
