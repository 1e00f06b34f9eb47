import type { Rng } from '../../lib/rng.ts';
import type { State } from '../../engine/index.ts';
import type { StepReport, Training } from '../../nn/training/loop.ts';
import type { Parameters } from '../../nn/models/index.ts';
import type { RecipeContext } from '../types.ts';
import { bestOf, context } from './solve.ts';
import type { Process, Transition } from './solve.ts';
import { ACTIONS, indexOf, SCENES } from './world.ts';

/** The name of the only tensor: action values [scenes, actions]. */
export const TABLE = 'q';
export const SHAPE = [SCENES, ACTIONS] as const;

export interface LearnerOptions {
  /** Of a step. */
  readonly episodes: number;
  readonly lr: number;
  readonly discount: number;
  readonly explore: number;
  readonly episodeSteps: number;
}

/** One of an action's outcomes, by its probability. */
export function draw(outcomes: readonly Transition[], rng: Rng): Transition {
  let left = outcomes.length > 1 ? rng.next() : 0;
  for (const outcome of outcomes) if ((left -= outcome.probability) < 0) return outcome;
  return outcomes.at(-1)!;
}

/**
 * Tabular Q-learning (Watkins 1989), some episodes a step: Q(s, a) += lr (r + discount * max Q(s', .) - Q(s, a)), an action at
 * random with probability `explore`. Each episode has its own stream of randomness, so it can go on anywhere.
 */
export function learn(
  process: Process,
  { episodes, lr, discount, explore, episodeSteps }: LearnerOptions,
  { parameters, rng, resume }: Pick<RecipeContext, 'parameters' | 'rng' | 'resume'>,
): Training {
  const table = Float32Array.from((resume?.tensors ?? parameters)[TABLE]!.data);
  let step = resume?.step ?? 0;
  const actions = episodes * episodeSteps;
  const oneStep = (): Pick<StepReport, 'loss' | 'gradientNorm' | 'metrics'> => {
    let [squares, hearts, taken] = [0, 0, 0];
    for (let episode = 0; episode < episodes; episode++) {
      const own = rng.fork(`episode/${step * episodes + episode}`);
      let s = indexOf(context(own.pick(['weak', 'light'] as const), own));
      for (let t = 0; t < episodeSteps; t++) {
        const a = own.next() < explore ? s * ACTIONS + own.int(ACTIONS) : bestOf(table, s);
        const { reward, next, heart } = draw(process.outcomes(s, a % ACTIONS), own);
        const error = reward + discount * table[bestOf(table, next)]! - table[a]!;
        table[a] = table[a]! + lr * error;
        squares += error * error;
        hearts += Number(heart !== undefined);
        taken += Number(heart === 'machine');
        s = next;
      }
    }
    const metrics = { hearts: hearts / episodes, taken: taken / episodes };
    return { loss: squares / actions, gradientNorm: Math.sqrt(squares) / actions, metrics };
  };
  const copy = (): Parameters => ({
    [TABLE]: { shape: SHAPE, data: table.slice() },
  });
  return {
    get step() {
      return step;
    },
    get lossTokens() {
      return step * actions;
    },
    state: stateOf(table),
    async advance(until, onStep) {
      while (step < until) {
        const found = oneStep();
        step += 1;
        await onStep({ ...found, step, lossTokens: step * actions, tokens: actions, lr });
      }
    },
    snapshot: () => Promise.resolve({ step, lossTokens: step * actions, cursor: null, tensors: copy() }),
    parameters: () => Promise.resolve(copy()),
    dispose: () => undefined,
  };
}

/** A table in memory, read as an engine's state is. */
const stateOf = (table: Float32Array): State => ({
  specs: { [TABLE]: { shape: SHAPE, dtype: 'float32' } },
  read: () => Promise.resolve({ [TABLE]: table.slice() }),
  dispose: () => undefined,
});
