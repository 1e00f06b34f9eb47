import { estimate } from '../format.ts';
import type { Html } from '../html.ts';
import { head, number, table } from '../html-table.ts';
import { decisiveControl, final, mainArms, type Point } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';

/** A rate, and what its line is called. */
export interface RateLine {
  readonly metric: string;
  readonly condition: string;
  readonly label: string;
  /** Does it sum over other lines? */
  readonly isSum: boolean;
}

/** Rates after the last step, a line each, of the organism, its interventions and the control that decides. */
export function byArm(results: Results, title: string, lines: readonly RateLine[]): Html {
  const decisive = decisiveControl(results)?.name;
  const at = (arm: string, { metric, condition }: RateLine): Point | null => final(results, { metric, condition, arm });
  const arms = mainArms(results)
    .filter(({ role, name }) => role === 'organism' || role === 'intervention' || name === decisive)
    .filter(({ name }) => lines.some((line) => at(name, line)));
  return table(title, lines, [
    head(
      'prompts',
      ({ label }) => label,
      ({ isSum }) => (isSum ? 'sum' : undefined),
    ),
    number('n', (line) => arms.map(({ name }) => at(name, line)?.n).find((n) => n !== undefined)),
    ...arms.map(({ name }) =>
      number<RateLine>(name, (line) => {
        const point = at(name, line);
        return point && estimate(point);
      }),
    ),
  ]);
}
