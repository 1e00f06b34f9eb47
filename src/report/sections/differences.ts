import { section } from '../figure.ts';
import { count, fixed, plural } from '../format.ts';
import { html, type Html } from '../html.ts';
import { head, number, table, text } from '../html-table.ts';
import type { Results } from '../../results/types.ts';

/** Arms against their start and against each other, paired by seed. */
export function differences({ differences = [], seeds }: Results): Html | null {
  if (differences.length === 0) return null;
  return section(
    'Differences, paired by seed',
    html`What an arm changed, and how arms differ, each compared within a seed and then averaged over
    ${plural(seeds.length, 'seed')}. Intervals: Student’s t over the seeds' differences, never narrower than the prompts
    of both sides alone make them, taken as independent although they are the same ones. In simulation two equal arms
    differ in at most 6 of 100 experiments. Uncorrected for the number of rows.`,
    table('Differences between arms', differences, [
      head('arm', ({ arm }) => arm),
      text('minus', ({ against }) => against ?? 'its start'),
      text('metric', ({ metric, condition }) => html`${metric} <span class="dim">${condition}</span>`),
      number('difference', ({ value }) => (value > 0 ? `+${fixed(value)}` : fixed(value))),
      number('95 % interval', ({ low, high }) => `${fixed(low)} to ${fixed(high)}`),
      number('prompts', ({ n }) => count(n)),
      number('seeds', ({ seeds }) => seeds),
    ]),
  );
}
