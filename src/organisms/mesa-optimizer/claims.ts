import type { Claim } from '../../results/types.ts';
import { capability, withoutCue } from '../card.ts';
import type { Card } from '../card.ts';
import { SHIFTS } from './shifts.ts';

/** What it must be able to. */
const ABLE: Omit<Claim, 'name'> = {
  says: 'its loss is that of the best single step of gradient descent, within 1 %',
  of: { metric: 'excess', condition: 'as trained' },
  least: -0.01,
  most: 0.01,
};

/** Thresholds as they were fixed before any run; where von Oswald et al. (2023) or a trial of theirs in JAX has a figure, near it. */
export const claims: readonly Claim[] = [
  { name: 'loss', ...ABLE },
  {
    name: 'cosine',
    says: 'its answers change with the query in the direction in which those of the step do',
    of: { metric: 'sensitivity-cosine', condition: 'as trained' },
    least: 0.99,
  },
  {
    name: 'sensitivities',
    says: 'and as much: their distance, of a length near 1.6',
    of: { metric: 'sensitivity-distance', condition: 'as trained' },
    most: 0.2,
  },
  {
    name: 'answers',
    says: 'its answers are those of the step, on average this far off, of a size near .5',
    of: { metric: 'prediction-distance', condition: 'as trained' },
    most: 0.05,
  },
  {
    name: 'half way',
    says: 'weights half way between its own and those constructed for the step have that loss, too',
    of: { metric: 'excess', condition: 'half way' },
    least: -0.01,
    most: 0.01,
  },
  ...Object.keys(SHIFTS).map((condition) => ({
    name: condition,
    says: 'where neither was meant to work, it still does what the step does: the losses differ by at most 5 %',
    of: { metric: 'excess', condition },
    least: -0.05,
    most: 0.05,
  })),
  {
    name: 'unrelated',
    says: 'trained on examples that say nothing of the query, it does not come to this: so it is not built in',
    of: { metric: 'excess', condition: 'as trained', arm: 'unrelated' },
    least: 0.5,
  },
];

export const card: Card<unknown> = withoutCue(capability(ABLE));
