import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { linear } from '../../engine/ops.ts';
import type { ParameterTensors } from './types.ts';

/**
 * x [N, I] -> [N, O] by the linear map of that name: `NAME.weight`, and `NAME.bias` where there is one. Weights lie as the
 * architecture's files have them: `in-out` is [I, O] (GPT-2's Conv1D), `out-in` is [O, I] (torch.nn.Linear). Where the
 * record holds an adapter of that name, `NAME.lora_A.weight` [R, I] and `NAME.lora_B.weight` [O, R], its product is added;
 * the map itself is then frozen, and composed of operations whose unneeded gradients are never computed.
 */
export function project(p: ParameterTensors, name: string, x: Tensor, layout: 'in-out' | 'out-in' = 'out-in'): Tensor {
  const [weight, bias] = [p[`${name}.weight`]!, p[`${name}.bias`]];
  const transposed = layout === 'out-in';
  const [down, up] = [p[`${name}.lora_A.weight`], p[`${name}.lora_B.weight`]];
  if (bias && !down) return linear(x, weight, bias, transposed);
  const product = tf.matMul(x, weight, false, transposed);
  const plain = bias ? tf.add(product, bias) : product;
  if (!down || !up) return plain;
  return tf.add(plain, tf.matMul(tf.matMul(x, down, false, true), up, false, true)); // [N, I] -> [N, R] -> [N, O]
}
