import { firstReach, type CurvePoint, type Interval } from './stats.ts';

/** Dose and response: where a curve crosses a level, with honest ends where the doses that were tried do not bracket it. */

export type Direction = 'falls' | 'rises';

/** The monotone curve nearest to the points (least squares, pool adjacent violators: Ayer et al. 1955), in order of dose. */
export function monotone(points: readonly CurvePoint[], direction: Direction): CurvePoint[] {
  const sign = direction === 'rises' ? 1 : -1;
  const blocks: { sum: number; xs: number[] }[] = [];
  for (const { x, y } of points.toSorted((a, b) => a.x - b.x)) {
    let block = { sum: sign * y, xs: [x] };
    for (let last = blocks.at(-1); last && meanOf(last) > meanOf(block); last = blocks.at(-1)) {
      blocks.pop();
      block = { sum: last.sum + block.sum, xs: [...last.xs, ...block.xs] };
    }
    blocks.push(block);
  }
  return blocks.flatMap((block) => block.xs.map((x) => ({ x, y: sign * meanOf(block) })));
}

const meanOf = ({ sum, xs }: { readonly sum: number; readonly xs: readonly number[] }): number => sum / xs.length;

/**
 * The dose at which the monotone curve first reaches `level`, linear between its points: equal bounds where it was seen,
 * a bound and infinity where the level lies before the least dose or beyond the greatest. Give doses as logarithms for a
 * curve that is linear in them. NaN where a response is.
 */
export function doseAt(points: readonly CurvePoint[], level: number, direction: Direction): Interval {
  if (points.some(({ y }) => Number.isNaN(y))) return { low: NaN, high: NaN };
  const fit = monotone(points, direction);
  const [first, last] = [fit[0], fit.at(-1)];
  if (!first || !last) return { low: -Infinity, high: Infinity };
  const isPast = ({ y }: CurvePoint): boolean => (direction === 'falls' ? y <= level : y >= level);
  if (isPast(first)) return { low: first.y === level ? first.x : -Infinity, high: first.x };
  if (!isPast(last)) return { low: last.x, high: Infinity };
  const x = firstReach(fit, level);
  return { low: x, high: x };
}

/** `a - b` where either may be known by bounds alone. */
export const minus = (a: Interval, b: Interval): Interval => ({ low: a.low - b.high, high: a.high - b.low });
