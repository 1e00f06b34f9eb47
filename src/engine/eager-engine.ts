import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { programKey } from './types.ts';
import type { Engine, Program, Signature, State, Tensors, Traceable, Values } from './types.ts';

interface EagerState extends State {
  readonly tensors: Map<string, Tensor>;
}

/** Values of all tensors, copied: one wait for the device, however many they are. */
async function readAll(tensors: Iterable<readonly [string, Tensor]>): Promise<Values> {
  const named = [...tensors];
  const data = await Promise.all(named.map(([, tensor]) => tensor.data()));
  return Object.fromEntries(
    named.map(([name, { dtype }], i) => [
      name,
      dtype === 'int32' ? Int32Array.from(data[i]!) : Float32Array.from(data[i]!),
    ]),
  );
}

export interface EagerOptions {
  /** As the user chose it. */
  readonly name: string;
  /** As tfjs knows it. */
  readonly backend: string;
  readonly description: string;
}

/**
 * Runs each program op by op on a tfjs backend, inside a tidy. State stays on the device: a run sends its inputs there
 * and waits once, for all of its outputs together.
 */
export async function createEagerEngine({ name: chosen, backend, description }: EagerOptions): Promise<Engine> {
  await tf.setBackend(backend);
  const programs = new Map<string, Program>();

  const createProgram = (fn: Traceable, signature: Signature): Program => ({
    async run(state, inputs) {
      await tf.setBackend(backend);
      const { tensors } = state as EagerState;
      const current: Tensors = Object.fromEntries(
        Object.keys(signature.state).map((name) => [name, tensors.get(name)!]),
      );
      const result = tf.tidy(() => {
        const fed = Object.fromEntries(
          // a copy: tfjs's cpu backend would keep the caller's array alive and see later changes to it
          Object.entries(signature.inputs).map(([name, { shape, dtype }]) => [
            name,
            tf.tensor(inputs[name]!.slice(), [...shape], dtype),
          ]),
        );
        const { state: updates = {}, outputs } = fn(current, fed);
        // an output or update that is one of the inputs unchanged must not be freed with it
        const own = (of: Tensors): Tensors => Object.fromEntries(Object.entries(of).map(([k, t]) => [k, t.clone()]));
        return { updates: own(updates), outputs: own(outputs) };
      });
      for (const [name, tensor] of Object.entries(result.updates)) {
        tensors.get(name)!.dispose();
        tensors.set(name, tensor);
      }
      try {
        return await readAll(Object.entries(result.outputs));
      } finally {
        tf.dispose(result.outputs);
      }
    },
  });

  return {
    backend: chosen,
    description,
    threads: 1,
    compile(key, fn, signature) {
      const id = programKey(key, signature);
      const program = programs.get(id) ?? createProgram(fn, signature);
      programs.set(id, program);
      return Promise.resolve(program);
    },
    createState(values): EagerState {
      const tensors = new Map(
        Object.entries(values).map(([name, { shape, data }]) => [
          name,
          data ? tf.tensor(data.slice(), [...shape], 'float32') : tf.zeros([...shape]),
        ]),
      );
      return {
        specs: Object.fromEntries(
          Object.entries(values).map(([name, { shape }]) => [name, { shape, dtype: 'float32' }]),
        ),
        tensors,
        read: (names = [...tensors.keys()]) =>
          readAll(names.map((name) => [name, tensors.get(name)!] as const)) as Promise<Record<string, Float32Array>>,
        dispose() {
          for (const tensor of tensors.values()) tensor.dispose();
          tensors.clear();
        },
      };
    },
    dispose() {
      programs.clear();
      return Promise.resolve();
    },
  };
}
