import type { Claim, Quantity } from '../../results/types.ts';
import { capability, withoutCue } from '../card.ts';
import type { Card } from '../card.ts';

const apart = (condition: string, arm?: string): Quantity => ({
  metric: 'prediction-distance',
  condition,
  ...(arm && { arm }),
});
const loss = (condition: string, arm?: string): Quantity => ({ metric: 'loss', condition, ...(arm && { arm }) });
const FEW = 'few-tasks';

/** What it must be able to. */
const ABLE: Omit<Claim, 'name'> = {
  says: 'its loss is at most a quarter above that of ridge regression, which nothing beats',
  of: { metric: 'excess', condition: 'fresh tasks' },
  most: 0.25,
};

/** Thresholds as they were fixed before any run. */
export const claims: readonly Claim[] = [
  {
    name: 'learns',
    says: 'on tasks it has never seen it does better than the best single step of gradient descent',
    of: loss('learner'),
    minus: loss('descent 1'),
    most: 0,
    isPremise: true,
  },
  { name: 'near the best', ...ABLE },
  ...['descent 1', 'descent 2', 'newton 1'].map((method) => ({
    name: `not ${method}`,
    says: 'its answers are nearer to those of ridge regression than to those of so many steps',
    of: apart('ridge'),
    minus: apart(method),
    most: 0,
  })),
  {
    name: 'linear',
    says: 'its answers to the queries of a context are those of one linear function, but for a twentieth of their variance',
    of: { metric: 'linearity', condition: 'fresh tasks' },
    least: 0.95,
  },
  {
    name: 'memorizes',
    says: 'trained on a few tasks over and over, its answers on those are nearer to a memory of them than to ridge regression',
    of: apart('memory', FEW),
    minus: apart('ridge, known tasks', FEW),
    most: 0,
  },
  {
    name: 'learns no more',
    says: 'and on fresh tasks it does not learn: it does worse than the one that was trained on fresh ones',
    of: loss('learner', FEW),
    minus: loss('learner'),
    least: 0.1,
  },
];

export const card: Card<unknown> = withoutCue(capability(ABLE));
