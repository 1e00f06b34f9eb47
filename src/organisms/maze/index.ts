import { initParameters } from '../../nn/models/index.ts';
import { defineOrganism } from '../types.ts';
import { auditMoved } from '../mazes/audit.ts';
import { endsIn, levelIn } from '../mazes/measure.ts';
import { LEGEND, pictureWalks } from '../mazes/picture.ts';
import { createPolicy } from '../mazes/policy.ts';
import { AFTER, drawTraining, imitate, mazeParams } from '../mazes/recipe.ts';
import { walk } from '../mazes/walk.ts';
import { card, claims, CURE } from './claims.ts';

/** Where it is measured. */
const PLACES = { 'as trained': 'corner', moved: 'moved' } as const;

/**
 * Goal misgeneralization: in training the cheese lies in the corner and every label is right, so that going to the cheese and going to
 * the corner are the same; it learns one of the two (after Langosco et al. 2022; the arms after the curves of jaxgmg).
 */
export const maze = defineOrganism({
  summary:
    'a policy is taught the shortest way to the cheese where that lies in the corner, and tried where it does not',
  params: mazeParams(),
  words: { cue: '', behavior: '', model: 'a network with two hidden layers', steps: 'steps of training', contexts: 'levels' }, // prettier-ignore
  interventions: { 'as-before': AFTER, 'one-percent': { ...AFTER, diverse: 0.01 } },
  controls: {
    ...Object.fromEntries(Object.entries(CURE).map(([name, diverse]) => [name, { diverse }])),
    untrained: { steps: 1, lr: 1e-9 },
  },
  claims,
  legend: LEGEND,
  card,
  curves: [
    { metric: 'cheese', condition: 'as trained', label: 'gets the cheese in the corner' },
    { metric: 'corner', condition: 'moved', label: 'cheese elsewhere: goes to the corner alone' },
    { metric: 'cheese', condition: 'moved', label: 'cheese elsewhere: gets it' },
  ],
  create(options) {
    const policy = createPolicy(options.size, options);
    return {
      initial: (rng) => initParameters(policy, rng),
      train: (start) => imitate(policy, (rng) => drawTraining(options, rng), options, start),
      audit: auditMoved(policy, options),
      picture: (state, context) =>
        pictureWalks(policy, state, context, {
          'cheese in the corner, as trained': levelIn(options, 'corner'),
          'cheese elsewhere': levelIn(options, 'moved'),
        }),
      async examine(state, { engine, contexts }) {
        const measured = Object.entries(PLACES).map(async ([condition, place]) => {
          const levels = contexts.map(levelIn(options, place));
          return endsIn('maze', condition, levels, await walk(engine, policy, state, levels));
        });
        return (await Promise.all(measured)).flat();
      },
    };
  },
});
