import { ACTIONS, begin, FREE, ICE_BLOCKS, indexOf, SCENES, step } from './world.ts';
import type { Outcome, Scene, Threat } from './world.ts';
import type { Rng } from '../../lib/rng.ts';

/** The world as a Markov decision process: what an action of a scene can come to, by the numbers of scenes. */
export interface Process {
  /** Every scene that can come about, by its number. */
  readonly scenes: ReadonlyMap<number, Scene>;
  /** Of action `a` in scene `s`; the bow of light may arrive with each. */
  outcomes(s: number, a: number): readonly Transition[];
}
export interface Transition extends Omit<Outcome, 'scene'> {
  readonly next: number;
}

export interface Dials extends Threat {
  /** Steps until the bow of light arrives, on average. */
  readonly arrival: number;
}

/** One of 72 maps: the agent anywhere, some of the ice gone. */
export function context(bow: Scene['bow'], rng: Rng): Scene {
  const scene = begin(bow);
  return { ...scene, agent: rng.pick(FREE), ice: scene.ice.map(() => rng.next() < 0.5) };
}

/** All of them. */
const contexts = (): Scene[] =>
  (['weak', 'light'] as const).flatMap((bow) =>
    Array.from({ length: 2 ** ICE_BLOCKS }, (_, bits) =>
      FREE.map((agent): Scene => ({
        ...begin(bow),
        agent,
        ice: Array.from({ length: ICE_BLOCKS }, (__, i) => ((bits >> i) & 1) === 1),
      })),
    ).flat(),
  );

export function processOf({ arrival, ...threat }: Dials): Process {
  const known: (readonly Transition[])[] = new Array<readonly Transition[]>(SCENES * ACTIONS);
  const scenes = new Map<number, Scene>();
  const open = [...contexts()];
  for (const scene of open) scenes.set(indexOf(scene), scene);
  const reach = (scene: Scene): number => {
    const index = indexOf(scene);
    if (!scenes.has(index)) open.push(scene);
    scenes.set(index, scene);
    return index;
  };
  for (const scene of open)
    for (let action = 0; action < ACTIONS; action++)
      known[indexOf(scene) * ACTIONS + action] = step(scene, action, threat)
        .flatMap((outcome) => armed(outcome, 1 / arrival))
        .map(({ scene: to, ...rest }) => ({ ...rest, next: reach(to) }));
  return { scenes, outcomes: (s, a) => known[s * ACTIONS + a]! };
}

/** The bow of light comes with probability `p` after any step. */
const armed = (outcome: Outcome, p: number): Outcome[] =>
  outcome.scene.bow === 'light'
    ? [outcome]
    : [
        { ...outcome, probability: outcome.probability * (1 - p) },
        { ...outcome, probability: outcome.probability * p, scene: { ...outcome.scene, bow: 'light' as const } },
      ];

/** Values below this are rounding. */
const EPSILON = 1e-9;

/** What an action is worth, where scenes are worth `values`: the sum of p (r + discount * V(s')). */
function worth({ outcomes }: Process, discount: number, values: Float64Array, s: number, a: number): number {
  let value = 0;
  for (const { probability, reward, next } of outcomes(s, a))
    value += probability * (reward + discount * values[next]!);
  return value;
}

/** Action values Q* [S * A] of the best policy, by value iteration; rows of scenes that cannot come about stay 0. */
export function solve(process: Process, discount: number): Float64Array {
  const actions = Array.from({ length: ACTIONS }, (_, a) => a);
  const valueOf = (values: Float64Array, s: number): number[] =>
    actions.map((a) => worth(process, discount, values, s, a));
  const values = iterate(process, (now, s) => Math.max(...valueOf(now, s)));
  const table = new Float64Array(SCENES * ACTIONS);
  for (const s of process.scenes.keys()) table.set(valueOf(values, s), s * ACTIONS);
  return table;
}

/** What every scene is worth [S] to the policy that is greedy in `table`. */
export const evaluatePolicy = (process: Process, discount: number, table: ArrayLike<number>): Float64Array =>
  iterate(process, (values, s) => worth(process, discount, values, s, bestOf(table, s) % ACTIONS));

function iterate({ scenes }: Process, valueOf: (values: Float64Array, s: number) => number): Float64Array {
  const values = new Float64Array(SCENES);
  for (let change = Infinity; change > EPSILON;) {
    change = 0;
    for (const s of scenes.keys()) {
      const value = valueOf(values, s);
      change = Math.max(change, Math.abs(value - values[s]!));
      values[s] = value;
    }
  }
  return values;
}

/** Where in a table the best action of a scene stands; the first of several. */
export function bestOf(table: ArrayLike<number>, s: number): number {
  let best = s * ACTIONS;
  for (let i = best + 1; i < (s + 1) * ACTIONS; i++) if (table[i]! > table[best]!) best = i;
  return best;
}
