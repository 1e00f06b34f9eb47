import { boundsWords, claimVerdict, foundWords, quantityWords } from '../claims.ts';
import { section } from '../figure.ts';
import { count } from '../format.ts';
import { html, type Html } from '../html.ts';
import { head, table, text } from '../html-table.ts';
import type { JudgedClaim, Results } from '../../results/types.ts';

const sizeOf = ({ found }: JudgedClaim): Html | false =>
  found !== null && html` <span class="note dim">n = ${count(found.n)}</span>`;

/** What was said of an organism before it was run, and what became of it. */
export function claims({ claims: judged = [], seeds }: Results): Html | null {
  if (judged.length === 0) return null;
  return section(
    'What was said before, and what was found',
    html`Bounds were fixed before the runs that they are about. A claim holds where the whole 95 % interval keeps them,
    fails where it lies outside, and is undecided between. Where a premise does not hold, nothing is said of the others.
    ${seeds.length === 1 && 'One seed is one model: its interval covers the contexts alone.'}`,
    table(
      'Claims',
      judged,
      [
        head<JudgedClaim>(
          'claim',
          (one) =>
            html`<b>${one.name}</b>${one.isPremise && html` <span class="dim">(premise)</span>`}
              <span class="note">${one.says}</span> <span class="note dim">${quantityWords(one)}</span>`,
        ),
        text<JudgedClaim>('bounds', (one) => boundsWords(one), 'nb'),
        text<JudgedClaim>('found', (one) => html`<span class="nb">${foundWords(one)}</span>${sizeOf(one)}`),
        text<JudgedClaim>('verdict', (one) => claimVerdict(one), 'nb'),
      ],
      'claims',
    ),
  );
}
