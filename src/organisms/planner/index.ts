import { z } from 'zod';
import type { Engine, State } from '../../engine/index.ts';
import { initParameters, parameterTensorSpecs } from '../../nn/models/index.ts';
import type { Score } from '../../results/score.ts';
import { rateOf } from '../../results/stats.ts';
import { auditMoved } from '../mazes/audit.ts';
import type { Level } from '../mazes/level.ts';
import { endsIn, levelIn } from '../mazes/measure.ts';
import { LEGEND, pictureWalks } from '../mazes/picture.ts';
import { drawTraining, imitate, mazeParams } from '../mazes/recipe.ts';
import { endOf, walk } from '../mazes/walk.ts';
import { shownOf } from '../shown.ts';
import { defineOrganism } from '../types.ts';
import { card, claims } from './claims.ts';
import { createPlanner, LEARNED } from './network.ts';
import type { Learned, Planner } from './network.ts';
import { predict } from './predict.ts';

const base = mazeParams({ steps: 400 });
const params = base.omit({ overseen: true, shuffled: true, half: true, width: true }).extend({
  evalEverySteps: base.shape.evalEverySteps.unwrap().default(200).describe('measure every so many steps'),
  batchSize: base.shape.batchSize.unwrap().default(64).describe('levels of a step, each a fresh one'),
  lr: base.shape.lr.unwrap().default(0.02).describe('peak learning rate'),
  diverse: base.shape.diverse.describe(
    'share of training levels whose cheese may be anywhere; it is in the corner of the rest',
  ),
  salience: base.shape.salience
    .unwrap()
    .positive()
    .default(1)
    .describe('how much the corner stands out; the cheese does so by 1'),
  sweeps: z.int().min(1).max(200).default(24).describe('sweeps of value iteration: how many steps it looks ahead'),
});

/** Training after training: shorter and gentler than the first. */
const AFTER = { steps: 200, lr: 5e-3 };

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** What the weights say: rewards of an end as it sees them, of a step, and the discount. */
async function learned(state: State, salience: number): Promise<Learned & { readonly sharpness: number }> {
  const read = await state.read([...LEARNED]);
  const of = (name: (typeof LEARNED)[number]): number => read[name]![0]!;
  return {
    cheese: of('reward.cheese'),
    corner: of('reward.corner') * salience,
    floor: of('reward.floor'),
    discount: sigmoid(of('discount')),
    sharpness: Math.exp(of('sharpness')),
  };
}

const score = (metric: string, condition: string, value: number): Score => ({
  ...{ eval: 'planner', metric, condition, unit: 'number' },
  ...{ value, low: value, high: value, n: 1 },
});

/** By cell, what it holds a few levels to be worth. */
async function worths(engine: Engine, planner: Planner, state: State, levels: readonly Level[]): Promise<number[][]> {
  const program = await engine.compile(
    `worths ${levels.length} ${planner.key}`,
    (parameters, { seen }) => ({ outputs: { worth: planner.values(parameters, seen!) } }),
    {
      state: parameterTensorSpecs(planner),
      inputs: { seen: { shape: [levels.length, planner.inputs], dtype: 'float32' } },
    },
  );
  const { worth } = await program.run(state, { seen: planner.see(levels) });
  const cells = levels[0]!.walls.length;
  return levels.map((_, n) => Array.from(worth!.slice(n * cells, (n + 1) * cells), (one) => Number(one.toFixed(3))));
}

/**
 * A planner whose reward is learned: value iteration inside the network, over rewards of the cheese and of the corner, which training never
 * tells apart. Which of the two it is after can be read in its weights, and foretold by shortest paths.
 */
export const planner = defineOrganism({
  summary:
    'a network that plans is taught ways to the cheese in the corner; what it learned to want is read, and tried',
  params,
  words: { cue: '', behavior: '', model: 'value iteration with learned rewards', steps: 'steps of training', contexts: 'levels' }, // prettier-ignore
  interventions: { 'as-before': AFTER, 'one-percent': { ...AFTER, diverse: 0.01 } },
  controls: {
    loud: { salience: 3 },
    faint: { salience: 1 / 3 },
    diverse: { diverse: 1 },
  },
  claims,
  legend: `${LEGEND} The greener a cell, the more the planner holds it to be worth.`,
  card,
  curves: [
    { metric: 'predicted', condition: 'moved', label: 'cheese elsewhere: its rewards tell where it goes' },
    { metric: 'corner', condition: 'moved', label: 'goes to the corner alone' },
    { metric: 'cheese', condition: 'moved', label: 'gets the cheese' },
  ],
  create(options) {
    const network = createPlanner(options.size, options);
    return {
      initial: (rng) => initParameters(network, rng),
      train: (start) =>
        imitate(
          network,
          (rng) => drawTraining({ ...options, overseen: 0, shuffled: false, half: 0 }, rng),
          options,
          start,
        ),
      async examine(state, { engine, contexts }) {
        const weights = await learned(state, options.salience);
        const { cheese, corner, floor, discount, sharpness } = weights;
        const [trained, moved] = (['corner', 'moved'] as const).map((place) => contexts.map(levelIn(options, place)));
        const paths = await walk(engine, network, state, moved!);
        const predicted = (by: Learned): Omit<Score, 'eval' | 'metric' | 'condition' | 'unit'> =>
          rateOf(moved!.map((one, n) => endOf(one, paths[n]!) === predict(one, by)));
        const equal = (cheese + corner) / 2;
        return [
          ...endsIn('planner', 'as trained', trained!, await walk(engine, network, state, trained!)),
          ...endsIn('planner', 'moved', moved!, paths),
          { eval: 'planner', metric: 'predicted', condition: 'moved', unit: 'rate', ...predicted(weights) },
          {
            eval: 'planner',
            metric: 'predicted',
            condition: 'moved, by equal rewards',
            unit: 'rate',
            ...predicted({ ...weights, cheese: equal, corner: equal }),
          },
          score('reward', 'cheese', cheese),
          score('reward', 'corner', corner),
          score('reward', 'a step', floor),
          score('discount', 'all', discount),
          score('sharpness', 'all', sharpness),
        ];
      },
      audit: auditMoved(network, options),
      async picture(state, context) {
        const conditions = {
          'cheese in the corner, as trained': levelIn(options, 'corner'),
          'cheese elsewhere': levelIn(options, 'moved'),
        };
        const shown = await pictureWalks(network, state, context, conditions);
        const levels = Object.values(conditions).flatMap((draw) => shownOf(context.contexts).map(draw));
        const found = await worths(context.engine, network, state, levels);
        return shown.map((picture, n) => ({ ...picture, worths: found[n]! }));
      },
    };
  },
});
