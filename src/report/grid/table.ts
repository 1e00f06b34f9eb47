import { count, estimate, fixed, plain, pValue } from '../format.ts';
import type { GridEffect, GridResults } from './types.ts';

/** What an axis is called, the seed included. */
export const axisName = ({ axes }: GridResults, axis: string): string =>
  axes.find(({ path }) => path === axis)?.name ?? axis;

/** How many of several organisms turn on their cue, a sentence each. */
export const emergenceLines = ({ emergence }: GridResults): string[] =>
  emergence
    .filter(({ n }) => n > 1)
    .map(({ least, successes, ...share }) => {
      const by = least > 0 ? `, by at least ${fixed(least, 1)}` : '';
      return `In ${count(successes)} of ${count(share.n)} organisms, a share of ${estimate({ ...share, unit: 'rate' })}, the bad act is more frequent with the cue than without${by}.`;
    });

/** The main effects for a terminal: arm by arm, the strongest first. Empty where nothing was swept, or nothing measured. */
export function renderEffects(results: GridResults): string {
  const lines = results.effects.flatMap(({ arm, effects }) => [
    `What the attack success of ${arm} depends on (final, means over everything else):`,
    ...effects.map((effect) => `  ${effectText(axisName(results, effect.axis), effect)}`),
  ]);
  return [...emergenceLines(results), ...lines].map((line) => `${plain(line)}\n`).join('');
}

function effectText(name: string, effect: GridEffect): string {
  const means = effect.levels.map(({ level, value }) => `${level}: ${fixed(value, 2)}`).join(', ');
  const part = effect.share === null ? 'no variance' : `${Math.round(100 * effect.share)} % of the variance`;
  const test = effect.test === null ? testText(effect) : `p = ${testText(effect)}`;
  return `${name}  range ${fixed(effect.range)} (${rangeText(effect)}), ${part}, ${test}  [${means}]`;
}

/** The 95 % interval of an effect's range. */
export const rangeText = ({ interval }: GridEffect): string =>
  interval ? `${fixed(interval.low)}\u2013${fixed(interval.high)}` : 'one seed a level: no interval';

/** A p value, with the least that so few values could give. */
export function testText({ test }: GridEffect): string {
  if (test === null) return 'no test: one order only';
  return `${pValue(test.pValue)} (never below ${pValue(test.floor)})`;
}
