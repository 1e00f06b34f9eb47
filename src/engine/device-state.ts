import * as ort from './onnxruntime.ts';
import { createGraph } from './trace/graph.ts';
import { serializeGraph } from './trace/onnx.ts';
import type { TracedProgram } from './trace/index.ts';
import { sizeOf } from './types.ts';
import type { Program, Signature, State, StateValues, Values } from './types.ts';

/** Keeps state on the device of onnxruntime's WebGPU provider, from run to run. */
export interface Device {
  createState(values: StateValues): State;
  /** Session options with which a program leaves what it updates on the device. */
  placing(traced: TracedProgram): ort.InferenceSession.SessionOptions;
  programOf(session: ort.InferenceSession, traced: TracedProgram, signature: Signature): Program;
  close(): Promise<void>;
}

interface DeviceState extends State {
  /** On the device, but for those that no program has read or written yet. */
  readonly tensors: Map<string, ort.Tensor>;
}

/** The device is not touched before the first program runs. */
export function openDevice(): Device {
  const copies = new Map<Place, Promise<ort.InferenceSession>>();
  /** `getData` of a tensor on the device would abort the process: a program that does nothing copies it, either way. */
  const copy = async (tensor: ort.Tensor, to: Place): Promise<ort.Tensor> => {
    if (!copies.has(to)) copies.set(to, createCopy(to));
    const session = await copies.get(to)!;
    return (await session.run({ x: tensor })).y!;
  };

  const read = async (tensor: ort.Tensor): Promise<Float32Array> =>
    tensor.location === 'cpu'
      ? (tensor.data as Float32Array).slice()
      : ((await copy(shaped(tensor, [sizeOf(tensor.dims)]), 'cpu')).data as Float32Array);

  const send = async (tensor: ort.Tensor): Promise<ort.Tensor> =>
    shaped(await copy(new ort.Tensor(tensor.data as Float32Array, [tensor.size]), 'gpu-buffer'), tensor.dims);

  return {
    createState(values): DeviceState {
      const entries = Object.entries(values);
      const tensors = new Map(
        entries.map(([name, { shape, data = new Float32Array(sizeOf(shape)) }]) => [name, new ort.Tensor(data, shape)]),
      );
      return {
        specs: Object.fromEntries(entries.map(([name, { shape }]) => [name, { shape, dtype: 'float32' }])),
        tensors,
        async read(names = [...tensors.keys()]) {
          const read_: Record<string, Float32Array> = {};
          for (const name of names) read_[name] = await read(tensors.get(name)!);
          return read_;
        },
        dispose() {
          for (const tensor of tensors.values()) tensor.dispose();
          tensors.clear();
        },
      };
    },
    placing: ({ updates, outputs }) => ({
      preferredOutputLocation: {
        ...Object.fromEntries(updates.map((name) => [`new:${name}`, 'gpu-buffer' as const])),
        ...Object.fromEntries(Object.keys(outputs).map((name) => [`out:${name}`, 'cpu' as const])),
      },
    }),
    programOf: (session, { updates, outputs }, signature) => ({
      async run(state, inputs) {
        const { tensors } = state as DeviceState;
        const feeds: Record<string, ort.Tensor> = {};
        for (const name of Object.keys(signature.state)) {
          const isSent = tensors.get(name)!.location === 'gpu-buffer' || updates.includes(name);
          if (!isSent) tensors.set(name, await send(tensors.get(name)!)); // or every run would
          feeds[`state:${name}`] = tensors.get(name)!;
        }
        for (const [name, { shape, dtype }] of Object.entries(signature.inputs))
          feeds[`in:${name}`] = new ort.Tensor(dtype, inputs[name]!, shape);
        const results = await session.run(feeds);
        for (const name of updates) {
          tensors.get(name)!.dispose();
          tensors.set(name, results[`new:${name}`]!);
        }
        return Object.fromEntries(Object.keys(outputs).map((name) => [name, results[`out:${name}`]!.data])) as Values;
      },
    }),
    async close() {
      for (const session of copies.values()) await (await session).release();
      copies.clear();
    },
  };
}

type Place = 'cpu' | 'gpu-buffer';

/** A session that takes `x` [size] to `y`, wherever it is, and leaves it there. */
export function createCopy(to: Place): Promise<ort.InferenceSession> {
  const graph = createGraph();
  const port = { dtype: 'float32', shape: ['size'] } as const;
  graph.inputs.push({ name: 'x', ...port });
  graph.output('x', { name: 'y', ...port });
  return ort.InferenceSession.create(serializeGraph(graph, 'copy'), {
    executionProviders: ['webgpu'],
    preferredOutputLocation: to,
    logSeverityLevel: 3,
  });
}

/** The same memory on the device under another shape. */
const shaped = (tensor: ort.Tensor, dims: readonly number[]): ort.Tensor =>
  ort.Tensor.fromGpuBuffer(tensor.gpuBuffer, { dataType: 'float32', dims, dispose: () => tensor.dispose() });
