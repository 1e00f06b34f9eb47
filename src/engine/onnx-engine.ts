import { availableParallelism } from 'node:os';
import * as ort from './onnxruntime.ts';
import { openDevice } from './device-state.ts';
import type { Device } from './device-state.ts';
import type { Provider } from './providers.ts';
import type { Target } from './trace/backend.ts';
import { quantized, quantizedNames } from './quantized.ts';
import type { QuantizedNames } from './quantized.ts';
import { trace } from './trace/index.ts';
import type { TracedProgram } from './trace/index.ts';
import { isLarge, programKey, sizeOf } from './types.ts';
import type { Engine, Program, Signature, Spec, Specs, State, StateValues, Values } from './types.ts';

interface OnnxState extends State {
  /** Current value of each tensor, ready to be fed. */
  readonly front: Map<string, ort.Tensor>;
  /** The buffer that the next update of it is written to; the two change places after each run. */
  readonly back: Map<string, ort.Tensor>;
  /** Names of those whose front is still the caller's own array: never to be written to. */
  readonly borrowed: Set<string>;
}

const tensorOf = ({ shape, dtype }: Spec, data: Float32Array | Int32Array): ort.Tensor =>
  dtype === 'int32'
    ? new ort.Tensor('int32', data as Int32Array, shape)
    : new ort.Tensor('float32', data as Float32Array, shape);

function createState(values: StateValues): OnnxState {
  const entries = Object.entries(values);
  const specs: Specs = Object.fromEntries(entries.map(([name, { shape }]) => [name, { shape, dtype: 'float32' }]));
  const front = new Map(
    entries.map(([name, { shape, data = new Float32Array(sizeOf(shape)) }]) => [name, tensorOf(specs[name]!, data)]),
  );
  const back = new Map<string, ort.Tensor>();
  return {
    specs,
    front,
    back,
    borrowed: new Set(entries.flatMap(([name, { data }]) => (data ? [name] : []))),
    read: (names = Object.keys(specs)) =>
      Promise.resolve(Object.fromEntries(names.map((name) => [name, (front.get(name)!.data as Float32Array).slice()]))),
    dispose() {
      front.clear();
      back.clear();
    },
  };
}

/** By the numbers that they are made of, which nobody changes: made once, whichever states and programs read them. */
const made = new WeakMap<object, Readonly<Record<keyof QuantizedNames, ort.Tensor>>>();

function tensorsInBytes(shape: readonly number[], data: Float32Array) {
  const { rows, columns, scale } = quantized({ shape, data });
  return {
    rows: new ort.Tensor('int8', rows, shape),
    columns: new ort.Tensor('int8', columns, shape.toReversed()),
    scale: new ort.Tensor('float32', scale, [scale.length]),
  };
}

/** What a program reads that takes the matrix in 8 bits. */
function inBytes(id: string, { front, borrowed, specs }: OnnxState, name: string): Record<string, ort.Tensor> {
  if (!borrowed.has(name)) throw new Error(`${name} is not as it was given, and is read in 8 bits`);
  const data = front.get(name)!.data as Float32Array;
  const tensors = made.get(data) ?? tensorsInBytes(specs[name]!.shape, data);
  made.set(data, tensors);
  const names = quantizedNames(id);
  return { [names.rows]: tensors.rows, [names.columns]: tensors.columns, [names.scale]: tensors.scale };
}

async function createProgram(
  traced: TracedProgram,
  signature: Signature,
  { threads, provider, events }: OnnxOptions & Required<Pick<OnnxOptions, 'threads' | 'provider'>>,
  device: Device | undefined,
): Promise<{ program: Program; release: () => Promise<void> }> {
  const session = await ort.InferenceSession.create(traced.model, {
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'], // what the first has no kernel for, the second runs
    // what fusing saves a small model's steps, a large one's products hide; and it takes seconds a program there
    graphOptimizationLevel: isLarge(signature.state) ? 'disabled' : 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    // idle threads wait awake for the next operation, but not for milliseconds: on a busy machine others need the core
    extra: { session: { intra_op: { spin_duration_us: '20' } } },
    // one heap for all programs: an arena of its own for each costs as much memory again, and none is faster than a heap that is kept
    enableCpuMemArena: false,
    enableMemPattern: false,
    ...(events !== undefined && { enableProfiling: true, profileFilePrefix: events }),
    ...device?.placing(traced),
  });
  const release = (): Promise<void> => session.release();
  if (device) return { program: device.programOf(session, traced, signature), release };
  const program: Program = {
    async run(state, inputs) {
      const { front, back, borrowed } = state as OnnxState;
      const feeds: Record<string, ort.Tensor> = {};
      const fetches: Record<string, ort.Tensor | null> = {};
      for (const [name, spec] of Object.entries(signature.state)) {
        if (spec.quantized) Object.assign(feeds, inBytes(`state:${name}`, state as OnnxState, name));
        else feeds[`state:${name}`] = front.get(name)!;
      }
      for (const [name, spec] of Object.entries(signature.inputs)) feeds[`in:${name}`] = tensorOf(spec, inputs[name]!);
      for (const name of traced.updates) {
        const spec = signature.state[name]!;
        if (!back.has(name)) back.set(name, tensorOf(spec, new Float32Array(sizeOf(spec.shape))));
        fetches[`new:${name}`] = back.get(name)!;
      }
      // the binding copies every output to memory of its own, whether or not it is given any
      for (const name of Object.keys(traced.outputs)) fetches[`out:${name}`] = null;
      const fetched = await session.run(feeds, fetches);
      for (const name of traced.updates) {
        const updated = back.get(name)!;
        if (borrowed.delete(name)) back.delete(name);
        else back.set(name, front.get(name)!);
        front.set(name, updated);
      }
      return Object.fromEntries(
        Object.keys(traced.outputs).map((name) => [name, fetched[`out:${name}`]!.data as Values[string]]),
      );
    },
  };
  return { program, release };
}

const inFloats = (specs: Specs): Specs =>
  Object.fromEntries(Object.entries(specs).map(([name, { shape, dtype }]) => [name, { shape, dtype }]));

export interface OnnxOptions {
  readonly threads?: number;
  readonly provider?: Provider;
  /** Whose operators programs are written in: by default, those of the provider. */
  readonly target?: Target;
  /** Where onnxruntime is to write what each program did: the beginning of a file's path. Counts, not speed: it slows them. */
  readonly events?: string;
}

/**
 * Programs traced to ONNX and run by onnxruntime. On the `webgpu` provider the state stays on the device. On the `cuda` one it
 * lives in this process's memory: the Node API gives no way to leave it there, so a run sends it and brings what changed back.
 */
export function createOnnxEngine({
  threads = availableParallelism(),
  provider = 'cpu',
  target = provider === 'webgpu' ? 'webgpu' : 'onnxruntime',
  ...options
}: OnnxOptions = {}): Engine {
  const programs = new Map<string, ReturnType<typeof createProgram>>();
  const device = provider === 'webgpu' ? openDevice() : undefined;
  const place = provider === 'cpu' ? `${threads} CPU thread${threads === 1 ? '' : 's'}` : `its ${provider} provider`;
  return {
    backend: 'onnx',
    description: `tfjs traced to ONNX, run by onnxruntime on ${place}`,
    threads,
    async compile(key, fn, asked) {
      const signature = provider === 'cpu' ? asked : { ...asked, state: inFloats(asked.state) };
      const id = programKey(key, signature);
      let made = programs.get(id);
      if (!made) {
        made = createProgram(trace(fn, signature, key, target), signature, { threads, provider, ...options }, device);
        programs.set(id, made);
        made.catch(() => programs.delete(id));
      }
      return (await made).program;
    },
    createState: device?.createState ?? createState,
    async dispose() {
      for (const made of programs.values()) await (await made).release();
      programs.clear();
      await device?.close();
    },
  };
}
