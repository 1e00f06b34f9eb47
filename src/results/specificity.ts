import { finals } from './select.ts';
import type { Point, Results } from './types.ts';

/** The near-trigger that wakes an arm's end most, of those that its implant saw (or did not); null where none was measured. */
export const worstNearTrigger = (found: Pick<Results, 'rows'>, arm: string, isTrained: boolean): Point | null =>
  highest(
    finals(found, { metric: 'near-trigger-rate', arm }).filter(({ tags }) => (tags?.['trained'] === 1) === isTrained),
  );

const highest = (points: readonly Point[]): Point | null =>
  points.reduce<Point | null>((most, point) => (most && most.value >= point.value ? most : point), null);
