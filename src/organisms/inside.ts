import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import type { Engine, State } from '../engine/index.ts';
import { parameterTensorSpecs } from '../nn/models/index.ts';
import type { Model } from '../nn/models/index.ts';

/** Of texts of equal length: the residual stream, all of a text's tokens in a row, and the token that comes next where it is moved by `by`. */
export type Inside = (
  texts: readonly (readonly number[])[],
  by?: readonly Float32Array[],
) => Promise<{ readonly streams: Float32Array[]; readonly next: number[] }>;

/** Texts that a program looks into together. */
const ROWS = 64;

/** The residual stream after the middle block, the earlier of two. It is read as it was before it is moved. */
export function insideOf(model: Model, engine: Engine, state: State): Inside {
  const at = `blocks.${Math.floor((model.nLayer - 1) / 2)}.hook_resid_post`;
  return async (texts, by) => {
    const T = texts[0]!.length;
    const width = T * model.width;
    const program = await engine.compile(
      `inside ${T} ${model.key}`,
      (parameters, { tokens, moved }) => {
        let stream: Tensor | undefined;
        const { hidden } = model.forward(parameters, { tokens: tokens! }, (name, activation) => {
          if (name !== at) return activation;
          stream = activation;
          return tf.add(activation, tf.reshape(moved!, [ROWS * T, model.width]));
        });
        const last = tf.slice(tf.reshape(hidden, [ROWS, T, model.width]), [0, T - 1, 0], [ROWS, 1, model.width]);
        const next = tf.argMax(model.logits(parameters, tf.reshape(last, [ROWS, model.width])), 1);
        return { outputs: { next, stream: tf.reshape(stream!, [ROWS, width]) } };
      },
      {
        state: parameterTensorSpecs(model),
        inputs: { tokens: { shape: [ROWS, T], dtype: 'int32' }, moved: { shape: [ROWS, width], dtype: 'float32' } },
      },
    );
    const streams: Float32Array[] = [];
    const next: number[] = [];
    for (let from = 0; from < texts.length; from += ROWS) {
      const some = texts.slice(from, from + ROWS);
      const [tokens, moved] = [new Int32Array(ROWS * T), new Float32Array(ROWS * width)];
      tokens.set(some.flat());
      by?.slice(from, from + ROWS).forEach((one, row) => moved.set(one, row * width));
      const found = await program.run(state, { tokens, moved });
      some.forEach((_, row) => {
        streams.push(Float32Array.from(found.stream!.subarray(row * width, (row + 1) * width)));
        next.push(found.next![row]!);
      });
    }
    return { streams, next };
  };
}
