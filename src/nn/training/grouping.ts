import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../../engine/index.ts';
import type { Specs, Tensors } from '../../engine/index.ts';
import type { Optimizer, StepScalars } from './optimizers/index.ts';

/** Where all vectors of a model travel as one. */
const VECTORS = 'vectors';

/**
 * Updates a model's many small vectors (biases, gains) as one: a dozen operations on one long vector instead of a
 * dozen on each of them. Matrices stay alone. By name, nothing changes: what is packed is cut apart again.
 */
export function grouping(parameters: Specs): {
  pack(tensors: Tensors): Tensors;
  /** Parameters and slots after one step, under their own names. */
  update(optimizer: Optimizer, state: Tensors, gradients: Tensors, scalars: StepScalars): Tensors;
} {
  const names = Object.keys(parameters);
  const vectors = names.filter((name) => parameters[name]!.shape.length === 1);
  const sizes = vectors.map((name) => sizeOf(parameters[name]!.shape));
  const matrices = names.filter((name) => !vectors.includes(name));

  const ownOf = (tensors: Tensors, prefix: string): Tensors =>
    Object.fromEntries(
      matrices.flatMap((name) => {
        const tensor = tensors[prefix + name]; // not every matrix need have every slot
        return tensor ? [[prefix + name, tensor]] : [];
      }),
    );
  const pack = (tensors: Tensors, prefix = ''): Tensors => ({
    ...ownOf(tensors, prefix),
    ...(vectors.length === 0
      ? {}
      : {
          [prefix + VECTORS]: tf.concat(
            vectors.map((name) => tensors[prefix + name]!),
            0,
          ),
        }),
  });
  const unpack = (tensors: Tensors, prefix = ''): Tensors => {
    const own = ownOf(tensors, prefix);
    if (vectors.length === 0) return own;
    const parts = tf.split(tensors[prefix + VECTORS]!, sizes, 0);
    return { ...own, ...Object.fromEntries(vectors.map((name, i) => [prefix + name, parts[i]!])) };
  };

  return {
    pack,
    update(optimizer, state, gradients, scalars) {
      const prefixes = slotPrefixes(optimizer);
      const slots = Object.assign({}, ...prefixes.map((prefix) => pack(state, prefix))) as Tensors;
      const next = optimizer.update(pack(state), gradients, slots, scalars);
      return Object.assign(unpack(next.parameters), ...prefixes.map((prefix) => unpack(next.slots, prefix))) as Tensors;
    },
  };
}

/** `m/` and `v/` for AdamW: what an optimizer puts before a vector's name. */
const slotPrefixes = (optimizer: Optimizer): string[] =>
  Object.keys(optimizer.init({ '': { shape: [1], dtype: 'float32' } }));
