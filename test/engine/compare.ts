import * as tf from '@tensorflow/tfjs';
import type { Scalar, Tensor } from '@tensorflow/tfjs';
import type { Engine, Specs, Values } from '../../src/engine/index.ts';
import { sizeOf } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';

/** How an argument of a case is drawn: normal floats, positive ones, or integers below a bound. */
export interface Arg {
  readonly shape: readonly number[];
  readonly of: 'normal' | 'positive' | { readonly below: number };
}

export interface Case {
  readonly args: readonly Arg[];
  /** In tfjs's public ops, so that names and attributes are tfjs's own. */
  readonly f: (...args: Tensor[]) => Tensor | Tensor[];
  /** The same in plain ops, where `f` needs a kernel that tfjs's own backends lack. */
  readonly reference?: (...args: Tensor[]) => Tensor | Tensor[];
  /** Also compare the gradient by every float argument. */
  readonly gradient?: boolean;
}

export const normal = (...shape: number[]): Arg => ({ shape, of: 'normal' });
export const positive = (...shape: number[]): Arg => ({ shape, of: 'positive' });
export const below = (bound: number, ...shape: number[]): Arg => ({ shape, of: { below: bound } });

const isFloat = ({ of }: Arg): boolean => typeof of === 'string';

export function drawArgs(args: readonly Arg[], seed: string): { specs: Specs; values: Values } {
  const rng = createRng(seed);
  const specs: Record<string, Specs[string]> = {};
  const values: Values = {};
  args.forEach(({ shape, of }, i) => {
    const n = sizeOf(shape);
    specs[`x${i}`] = { shape, dtype: typeof of === 'string' ? 'float32' : 'int32' };
    if (typeof of === 'string')
      values[`x${i}`] = Float32Array.from({ length: n }, () => (of === 'normal' ? rng.normal() : 0.2 + 2 * rng.next()));
    else values[`x${i}`] = Int32Array.from({ length: n }, () => rng.int(of.below));
  });
  return { specs, values };
}

const listOf = (y: Tensor | Tensor[]): Tensor[] => (Array.isArray(y) ? y : [y]);

/** A fixed weight for every element, so that a gradient tells elements apart. */
const weightsFor = ({ shape, size }: Tensor, k: number): Tensor => {
  const rng = createRng(`weights ${k}`);
  return tf.tensor(
    Float32Array.from({ length: size }, () => rng.normal()),
    shape,
    'float32',
  );
};

/** The number that gradients are taken of: every output element times its weight, summed. */
export const weighted = (y: Tensor | Tensor[]): Scalar =>
  tf.addN(listOf(y).map((part, k) => tf.sum(tf.mul(part, weightsFor(part, k))))) as Scalar;

export interface Outcome {
  readonly values: Values;
  /** Of the outputs as the function made them. */
  readonly dtypes: readonly string[];
  readonly shapes: readonly (readonly number[])[];
}

/** Outputs `y0..`, and gradients `d0..` by the float arguments. */
export async function evaluate(
  engine: Engine,
  key: string,
  { args, gradient = false }: Case,
  f: Case['f'],
  seed = 'args',
): Promise<Outcome> {
  const { specs, values } = drawArgs(args, seed);
  let made: Tensor[] = [];
  const floats = args.flatMap((arg, i) => (isFloat(arg) ? [i] : []));
  const program = await engine.compile(
    key,
    (_, inputs) => {
      const xs = args.map((_, i) => inputs[`x${i}`]!);
      made = listOf(f(...xs));
      // a program's outputs are numbers
      const y = made.map((part) => (part.dtype === 'bool' ? tf.cast(part, 'int32') : part));
      const outputs = Object.fromEntries(y.map((part, k) => [`y${k}`, part]));
      if (!gradient) return { outputs };
      const g = tf.grads((...given: Tensor[]) => weighted(f(...xs.map((x, i) => given[floats.indexOf(i)] ?? x))));
      const by = g(floats.map((i) => xs[i]!));
      return { outputs: { ...outputs, ...Object.fromEntries(floats.map((i, k) => [`d${i}`, by[k]!])) } };
    },
    { state: {}, inputs: specs },
  );
  const out = await program.run(engine.createState({}), values);
  return { values: out, dtypes: made.map(({ dtype }) => dtype), shapes: made.map(({ shape }) => shape) };
}

/** Largest difference relative to 1 + the size of the expected value; Infinity where lengths differ, NaN where one is. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let max = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue; // infinities and NaN, too
    const d = Math.abs(actual[i]! - expected[i]!) / (1 + Math.abs(expected[i]!));
    if (!(d <= max)) max = d;
  }
  return max;
}
