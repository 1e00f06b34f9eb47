import { section } from '../figure.ts';
import { count, percent, pValue } from '../format.ts';
import { html, type Html } from '../html.ts';
import { head, number, table, text } from '../html-table.ts';
import { mainArms } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';

/** McNemar's test for each arm: the same prompts before and after it, and after equal training. */
export function comparisons(results: Results): Html | null {
  const arms = new Set(mainArms(results).map(({ name }) => name));
  const comparisons = results.comparisons.filter(({ arm }) => arms.has(arm));
  if (comparisons.length === 0) return null;
  const share = (successes: number, n: number): string => `${count(successes)} (${percent(successes / n)})`;
  return section(
    'Before and after, prompt by prompt',
    html`McNemar’s exact test, two-sided: of the prompts whose outcome differs, how uneven is the split between those
    that lost the behavior and those that gained it, since the arm began or beside another arm. One test a row,
    uncorrected for their number.`,
    table('Comparisons before and after each arm', comparisons, [
      head('arm', ({ arm }) => arm),
      text('beside', ({ against }) => against ?? 'its start'),
      text('metric', ({ metric }) => metric, 'nb'),
      number('prompts', ({ n }) => count(n)),
      number('before', ({ before, n }) => share(before, n)),
      number('after', ({ after, n }) => share(after, n)),
      number('lost it', ({ onlyBefore }) => count(onlyBefore)),
      number('gained it', ({ onlyAfter }) => count(onlyAfter)),
      number('p', ({ pValue: p }) => pValue(p)),
    ]),
  );
}
