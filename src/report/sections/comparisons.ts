import { scroll, section } from '../figure.ts';
import { count, percent, pValue } from '../format.ts';
import { html, type Html } from '../html.ts';
import { mainArms } from '../../results/select.ts';
import type { Comparison, Results } from '../../results/types.ts';

/** McNemar's test for each arm: the same prompts, before and after. */
export function comparisons(results: Results): Html | null {
  const arms = new Set(mainArms(results).map(({ name }) => name));
  const comparisons = results.comparisons.filter(({ arm }) => arms.has(arm));
  if (comparisons.length === 0) return null;
  const table = html`<table>
    <thead>
      <tr>
        <th scope="col">arm</th>
        <th scope="col">metric</th>
        <th scope="col" class="num">prompts</th>
        <th scope="col" class="num">before</th>
        <th scope="col" class="num">after</th>
        <th scope="col" class="num">lost it</th>
        <th scope="col" class="num">gained it</th>
        <th scope="col" class="num">p</th>
      </tr>
    </thead>
    <tbody>
      ${comparisons.map(row)}
    </tbody>
  </table>`;
  return section(
    'Before and after, prompt by prompt',
    html`McNemar’s exact test, two-sided: of the prompts whose outcome changed, how uneven is the split between those
    that lost the behavior and those that gained it. One test a row, uncorrected for their number.`,
    scroll('Comparisons before and after each arm', table),
  );
}

const row = ({ arm, metric, n, before, after, onlyBefore, onlyAfter, pValue: p }: Comparison): Html =>
  html`<tr>
    <th scope="row">${arm}</th>
    <td>${metric}</td>
    <td class="num">${count(n)}</td>
    <td class="num">${share(before, n)}</td>
    <td class="num">${share(after, n)}</td>
    <td class="num">${count(onlyBefore)}</td>
    <td class="num">${count(onlyAfter)}</td>
    <td class="num">${pValue(p)}</td>
  </tr>`;

const share = (successes: number, n: number): string => `${count(successes)} (${percent(successes / n)})`;
