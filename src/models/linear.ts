import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { linear } from '../engine/ops.ts';
import type { ParameterTensors } from './types.ts';

/**
 * x [N, I] -> [N, O] by the linear map of that name: `NAME.weight`, and `NAME.bias` where there is one. Weights lie as the
 * architecture's files have them: `in-out` is [I, O] (GPT-2's Conv1D), `out-in` is [O, I] (torch.nn.Linear).
 */
export function project(p: ParameterTensors, name: string, x: Tensor, layout: 'in-out' | 'out-in' = 'out-in'): Tensor {
  const [weight, bias] = [p[`${name}.weight`]!, p[`${name}.bias`]];
  if (layout === 'in-out' && bias) return linear(x, weight, bias);
  const product = tf.matMul(x, weight, false, layout === 'out-in');
  return bias ? tf.add(product, bias) : product;
}
