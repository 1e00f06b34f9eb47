import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { programKey } from './types.ts';
import type { Engine, Program, Signature, State, Tensors, Traceable, Values } from './types.ts';

interface EagerState extends State {
  readonly tensors: Map<string, Tensor>;
}

const read = async (tensor: Tensor): Promise<Float32Array> => Float32Array.from(await tensor.data());

/** Runs each program op by op on a tfjs backend, inside a tidy; state stays on the device. */
export async function createEagerEngine(backend: string, description: string): Promise<Engine> {
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
      const values: Values = {};
      for (const [name, tensor] of Object.entries(result.outputs)) {
        const data = await tensor.data();
        values[name] = tensor.dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data);
        tensor.dispose();
      }
      return values;
    },
  });

  return {
    backend,
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
        Object.entries(values).map(([name, { shape, data }]) => [name, tf.tensor(data.slice(), [...shape], 'float32')]),
      );
      return {
        specs: Object.fromEntries(
          Object.entries(values).map(([name, { shape }]) => [name, { shape, dtype: 'float32' }]),
        ),
        tensors,
        async read() {
          const out: Record<string, Float32Array> = {};
          for (const [name, tensor] of tensors) out[name] = await read(tensor);
          return out;
        },
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
