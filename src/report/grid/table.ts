import { fixed, plain, pValue } from '../format.ts';
import type { GridEffect, GridResults } from './types.ts';

/** What an axis is called, the seed included. */
export const axisName = ({ axes }: GridResults, axis: string): string =>
  axes.find(({ path }) => path === axis)?.name ?? axis;

/** The main effects for a terminal: arm by arm, the strongest first. Empty where nothing was swept, or nothing measured. */
export function renderEffects(results: GridResults): string {
  const lines = results.effects.flatMap(({ arm, effects }) => [
    `What the attack success of ${arm} depends on (final, means over everything else):`,
    ...effects.map((effect) => `  ${effectText(axisName(results, effect.axis), effect)}`),
  ]);
  return lines.map((line) => `${plain(line)}\n`).join('');
}

function effectText(name: string, { levels, range, low, high, share, pValue: p }: GridEffect): string {
  const means = levels.map(({ level, value }) => `${level}: ${fixed(value, 2)}`).join(', ');
  const part = share === null ? 'no variance' : `${Math.round(100 * share)} % of the variance`;
  return `${name}  range ${fixed(range, 2)} (${fixed(low, 2)} to ${fixed(high, 2)}), ${part}, p = ${pValue(p)}  [${means}]`;
}
