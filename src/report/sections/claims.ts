import { boundsWords, claimVerdict, foundWords, quantityWords } from '../claims.ts';
import { section } from '../figure.ts';
import { count } from '../format.ts';
import { html, type Html } from '../html.ts';
import { head, number, table, text } from '../html-table.ts';
import type { JudgedClaim, Results } from '../../results/types.ts';

/** What was said of an organism before it was run, and what became of it. */
export function claims({ claims: judged = [], seeds }: Results): Html | null {
  if (judged.length === 0) return null;
  return section(
    'What was said before, and what was found',
    html`Bounds were fixed before any run. A claim holds where the whole 95 % interval keeps them, fails where it lies
    outside, and is undecided between. Where a premise does not hold, nothing is said of the others.
    ${seeds.length === 1 && 'One seed is one model: its interval covers the contexts alone.'}`,
    table('Claims', judged, [
      head<JudgedClaim>(
        'claim',
        ({ name, isPremise }) => html`${name}${isPremise && html` <span class="dim">(premise)</span>`}`,
      ),
      text<JudgedClaim>('in words', ({ says }) => says),
      text<JudgedClaim>('measured', (one) => quantityWords(one)),
      text<JudgedClaim>('bounds', (one) => boundsWords(one)),
      number<JudgedClaim>('found', (one) => foundWords(one)),
      number<JudgedClaim>('n', ({ found }) => (found ? count(found.n) : '')),
      text<JudgedClaim>('verdict', (one) => claimVerdict(one)),
    ]),
  );
}
