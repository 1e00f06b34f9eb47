import type { Rng } from '../../lib/rng.ts';
import { initParameters } from '../../nn/models/index.ts';
import { defineOrganism } from '../types.ts';
import { drawLevel } from '../mazes/level.ts';
import type { Place } from '../mazes/level.ts';
import { endsIn } from '../mazes/measure.ts';
import { LEGEND, pictureWalks } from '../mazes/picture.ts';
import { createPolicy } from '../mazes/policy.ts';
import { drawTraining, imitate, mazeParams } from '../mazes/recipe.ts';
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
  interventions: { 'as-before': { steps: 1000, lr: 1e-3 } },
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
    const level = (place: Place) => (one: Rng) => drawLevel(options, place, false, one.fork(place));
    return {
      initial: (rng) => initParameters(policy, rng),
      train: (start) => imitate(policy, (rng) => drawTraining(options, rng), options, start),
      picture: (state, context) =>
        pictureWalks(policy, state, context, {
          'cheese in the corner, as trained': level('corner'),
          'cheese elsewhere': level('moved'),
        }),
      async examine(state, { engine, contexts }) {
        const measured = Object.entries(PLACES).map(async ([condition, place]) => {
          const levels = contexts.map(level(place));
          return endsIn('maze', condition, levels, await walk(engine, policy, state, levels));
        });
        return (await Promise.all(measured)).flat();
      },
    };
  },
});
