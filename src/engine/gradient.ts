import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';

/** Does the backend have a fused kernel of that name? */
export const hasKernel = (name: string): boolean => tf.getKernel(name, tf.getBackend()) !== undefined;

export function runFused(
  name: string,
  inputs: Record<string, Tensor>,
  attrs: Record<string, number | boolean> = {},
): Tensor[] {
  const outputs: Tensor | Tensor[] = tf.engine().runKernel(name, inputs, attrs);
  return Array.isArray(outputs) ? outputs : [outputs];
}

type Save = (tensors: Tensor[]) => void;

/**
 * tf.customGrad with its arguments in a plain order. `gradFunc` gives one gradient per input, in their order (a lone
 * tensor for a lone input), and may use only what was saved: everything else is freed before it runs.
 */
export function withGradient<Inputs extends Tensor[]>(
  f: (
    save: Save,
    ...inputs: Inputs
  ) => {
    value: Tensor;
    gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor | Tensor[];
  },
  inputs: [...Inputs],
): Tensor {
  return tf.customGrad((...args) => f(args.at(-1) as unknown as Save, ...(args.slice(0, -1) as Inputs)))(...inputs);
}
