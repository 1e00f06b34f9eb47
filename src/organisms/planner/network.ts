import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { zero } from '../../nn/models/initial.ts';
import type { ParameterTensors } from '../../nn/models/index.ts';
import { CORNER } from '../mazes/level.ts';
import type { Policy } from '../mazes/policy.ts';

/** What it learns: rewards of what it sees, what a step is worth, and how it looks ahead and acts on it. A number each. */
export const LEARNED = ['reward.cheese', 'reward.corner', 'reward.floor', 'discount', 'sharpness'] as const;
export type Learned = Readonly<Record<'cheese' | 'corner' | 'floor' | 'discount', number>>;

/** The first cell of each way's view of a padded grid: west, east, north, south. */
const VIEWS = [
  [1, 0],
  [1, 2],
  [0, 1],
  [2, 1],
] as const;

export interface Planner extends Policy {
  /** [N, I] -> what it holds each cell to be worth [N, S^2]. */
  values(parameters: ParameterTensors, seen: Tensor): Tensor;
}

/**
 * A value iteration network (after Tamar et al. 2016) that is given the moves of the maze, and that it ends at the cheese and at the corner:
 * what it plans for is learned.
 *
 * Legend: N states, S side of the grid, I = 4 S^2 inputs: planes of walls, cheese, agent, and of the corner at `salience`.
 */
export function createPlanner(
  size: number,
  { sweeps, salience }: { readonly sweeps: number; readonly salience: number },
): Planner {
  const cells = size * size;
  const I = 4 * cells;
  const planes = (seen: Tensor): readonly Tensor[] =>
    tf.split(tf.reshape(seen, [-1, 4, size, size]), 4, 1).map((plane) => tf.reshape(plane, [-1, size, size]));
  /** Of a grid [N, S, S], what lies in each way from every cell; beyond the edge `outside`. */
  const beside = (grid: Tensor, outside: number): Tensor[] => {
    const padded = tf.pad(grid, [[0, 0], [1, 1], [1, 1]], outside); // prettier-ignore
    return VIEWS.map(([row, column]) => tf.slice(padded, [0, row, column], [grid.shape[0]!, size, size]));
  };
  /** The worth of every cell, and of where each way leads from it. */
  const plan = (p: ParameterTensors, seen: Tensor): { worth: Tensor; ways: readonly Tensor[] } => {
    const [walls, cheese, , corner] = planes(seen) as [Tensor, Tensor, Tensor, Tensor];
    const blocked = beside(walls, 1);
    const open = blocked.map((one) => tf.sub(1, one));
    const rewards = tf.add(tf.mul(cheese, p['reward.cheese']!), tf.mul(corner, p['reward.corner']!)); // [N, S, S]
    const goesOn = tf.sub(1, tf.maximum(cheese, tf.sign(corner)));
    const discount = tf.sigmoid(p.discount!);
    const ahead = (worth: Tensor): Tensor[] =>
      beside(worth, 0).map((there, way) => tf.add(tf.mul(there, open[way]!), tf.mul(worth, blocked[way]!)));
    let worth: Tensor = rewards;
    for (let sweep = 0; sweep < sweeps; sweep++) {
      const best = ahead(worth).reduce((a, b) => tf.maximum(a, b));
      worth = tf.add(rewards, tf.mul(goesOn, tf.add(p['reward.floor']!, tf.mul(discount, best))));
    }
    return { worth, ways: ahead(worth) };
  };
  const about = (value: number, deviation: number) => ({
    shape: [1],
    init: (rng: { normal(): number }) => value + deviation * rng.normal(),
  });
  return {
    key: `planner ${size} ${sweeps}`,
    inputs: I,
    parameterSpecs: {
      'reward.cheese': about(1, 0.5),
      'reward.corner': about(1, 0.5),
      'reward.floor': { shape: [1], init: zero },
      discount: about(2, 0),
      sharpness: about(1, 0),
    },
    see(levels) {
      const seen = new Float32Array(levels.length * I);
      levels.forEach(({ walls, agent, cheese }, n) => {
        const at = n * I;
        for (let cell = 0; cell < cells; cell++) seen[at + cell] = Number(walls[cell]);
        seen[at + cells + cheese] = 1;
        seen[at + 2 * cells + agent] = 1;
        seen[at + 3 * cells + CORNER] = salience;
      });
      return seen;
    },
    logits(p, seen) {
      const agent = planes(seen)[2]!;
      const worths = plan(p, seen).ways.map((one) => tf.reshape(tf.sum(tf.mul(one, agent), [1, 2]), [-1, 1])); // [N, S, S] -> [N, 1]
      return tf.mul(tf.exp(p.sharpness!), tf.concat(worths, 1)); // [N, 4]
    },
    values: (p, seen) => tf.reshape(plan(p, seen).worth, [-1, cells]),
  };
}
