import { scroll, section } from '../figure.ts';
import { count, fixed, plural } from '../format.ts';
import { html, type Html } from '../html.ts';
import type { Difference, Results } from '../../results/types.ts';

/** Arms against their start and against each other, paired by seed. */
export function differences({ differences = [], seeds }: Results): Html | null {
  if (differences.length === 0) return null;
  const table = html`<table>
    <thead>
      <tr>
        <th scope="col">arm</th>
        <th scope="col">minus</th>
        <th scope="col">metric</th>
        <th scope="col" class="num">difference</th>
        <th scope="col" class="num">95 % interval</th>
        <th scope="col" class="num">prompts</th>
        <th scope="col" class="num">seeds</th>
      </tr>
    </thead>
    <tbody>
      ${differences.map(row)}
    </tbody>
  </table>`;
  return section(
    'Differences, paired by seed',
    html`What an arm changed, and how arms differ, each compared within a seed and then averaged over
    ${plural(seeds.length, 'seed')}. Intervals: hierarchical bootstrap, the same seeds drawn for both sides. The prompts
    of the two sides are drawn independently although they are the same ones, which makes the interval a little wide. An
    interval of no width: no seed differed. Uncorrected for the number of rows.`,
    scroll('Differences between arms', table),
  );
}

const row = ({ arm, against, metric, condition, value, low, high, n, seeds }: Difference): Html =>
  html`<tr>
    <th scope="row">${arm}</th>
    <td>${against ?? 'its start'}</td>
    <td>${metric} <span class="dim">${condition}</span></td>
    <td class="num">${signed(value)}</td>
    <td class="num">${fixed(low)} to ${fixed(high)}</td>
    <td class="num">${count(n)}</td>
    <td class="num">${seeds}</td>
  </tr>`;

const signed = (value: number): string => (value > 0 ? `+${fixed(value)}` : fixed(value));
