import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { z } from 'zod';
import type { ForwardInputs } from './types.ts';

/** Llama 3.1's stretch of rotary positions: slow frequencies are divided by `factor`, fast ones kept, those between blended. */
export const ropeScaling = z.strictObject({
  factor: z.number().positive().describe('how much slower the slow frequencies turn'),
  lowFreqFactor: z.number().positive().describe('turns within the original context below which a frequency is slow'),
  highFreqFactor: z.number().positive().describe('turns within the original context above which a frequency is fast'),
  originalPositions: z.int().positive().describe('context before the stretch, in tokens'),
});
export type RopeScaling = z.output<typeof ropeScaling>;

/** Radians that each pair of elements turns from one position to the next, [R / 2]: theta^(-2i / R). */
export function rotaryFrequencies(R: number, theta: number, scaling?: RopeScaling): Float32Array {
  const { fround } = Math; // each step in float32, as the models were trained: far positions multiply what differs
  return Float32Array.from({ length: R / 2 }, (_, i) => {
    const frequency = fround(1 / fround(theta ** fround((2 * i) / R)));
    if (!scaling) return frequency;
    const { factor, lowFreqFactor: low, highFreqFactor: high, originalPositions } = scaling;
    const turns = (originalPositions * frequency) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return kept * frequency + ((1 - kept) * frequency) / factor;
  });
}

/** Cosine and sine of each position's angles, [B or 1, 1, T, R / 2] each: what `rotate` takes. */
export function rotaryAngles({ tokens, positions }: ForwardInputs, frequencies: Float32Array): [Tensor, Tensor] {
  const T = tokens.shape[1]!;
  const at = positions
    ? tf.cast(tf.reshape(positions, [-1, 1, T, 1]), 'float32')
    : tf.tensor4d(
        Float32Array.from({ length: T }, (_, t) => t),
        [1, 1, T, 1],
      );
  const angles = tf.mul(at, tf.tensor1d(frequencies));
  return [tf.cos(angles), tf.sin(angles)];
}
